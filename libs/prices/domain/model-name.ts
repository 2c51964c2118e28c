/** `-20260922` or `-2026-09-22`: the day a model was made. */
const dateSuffix = /-20\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))$/;
/** The same after an `@`, as one cloud writes it. */
const dateAfterAt = /@(?=20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$)/;
/** The mark of a request with a context window of a million tokens. */
const longContextMark = /\[1m\]$/;
/** The version that one cloud ends its ids with. */
const cloudVersion = /-v\d+(?::\d+)?$/;

/**
 * A model's id in the one spelling that prices are kept under: trimmed, in lower case, `@20260922` as `-20260922`,
 * without the `[1m]` mark. A date stays: two dates of a model may have different prices.
 */
export const exactModel = (modelId: string): string =>
  modelId.trim().toLowerCase().replace(longContextMark, '').replace(dateAfterAt, '-');

/** An exact id without its date: the model that a date is one edition of. The id itself if it has none. */
export const undatedModel = (exactId: string): string => exactId.replace(dateSuffix, '');

/** What a pattern has found in a cloud's id, without the version that cloud puts behind it. */
export const withoutCloudVersion = (exactId: string): string => exactId.replace(cloudVersion, '');
