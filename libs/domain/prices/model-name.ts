/** `-20260922`, `-2026-09-22` or `@20260922`: the day a model was made, or when the sender last looked. */
const dateSuffix =
  /(?:[-@]20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|-20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))$/;
/** The mark of a request with a context window of a million tokens. */
const longContextMark = /\[1m\]$/;

/**
 * The name that prices are kept under: without a date suffix, without the `[1m]` mark, in lower case. Both name the
 * same model as the plain id does.
 *
 * Nothing else is taken off. A provider's prefix may stand for another price (clouds add a surcharge for a region), and
 * `-latest` names another model from one day to the next: such ids are rated as unpriced, where somebody sees them,
 * until the operator publishes a price for them.
 */
export const modelName = (modelId: string): string =>
  modelId.trim().toLowerCase().replace(longContextMark, '').replace(dateSuffix, '');
