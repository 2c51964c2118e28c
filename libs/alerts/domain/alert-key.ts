import { z } from 'zod';
import { longFingerprintText } from '#kernel/fingerprint.js';
import { alertTypeNames } from './alert-types.js';

/** What an alert is about. All its episodes share one key, one id and one stream. */
export const alertKey = z.strictObject({
  type: z.enum(alertTypeNames),
  /** Null: the organisation. */
  groupId: z.string().nullable(),
  userId: z.string().nullable(),
  /** `yyyy-MM` in the organisation's zone. */
  period: z.string().nullable(),
  /** A share of the bar, of at most four places. */
  threshold: z.number().nullable(),
});
export type AlertKey = Readonly<z.infer<typeof alertKey>>;

/** An id fits into a URL, and with its prefix into the name of a stream. */
const maxIdLength = 255;
const absent = '*';

/**
 * The id of an alert, made from what it means, so that any process makes the same: type, group, user, period and
 * threshold between colons, `*` for what there is not. Letters, digits, `-`, `_` and `.` stand for themselves, all
 * else as the hexadecimal digits of its UTF-8 bytes behind `~`. An id that would be too long is a hash, and has two
 * parts instead of five.
 *
 * @example capThreshold:eng:*:2026-11:0.8
 */
export const alertIdOf = ({ type, groupId, userId, period, threshold }: AlertKey): string => {
  const rest = [groupId, userId, period, threshold === null ? null : String(threshold)];
  const id = [type, ...rest.map((part) => (part === null ? absent : escaped(part)))].join(':');
  return id.length <= maxIdLength ? id : `${type}:${longFingerprintText(id, 1)}`;
};

/** The stream with every episode of the alert. */
export const alertStreamOf = (alertId: string): string => `alert-${alertId}`;

// A percent sign would be decoded on its way through a URL. Most names have nothing to escape, and this is asked often.
const escaped = (text: string): string =>
  /^[\w.-]*$/.test(text)
    ? text
    : encodeURIComponent(text)
        .replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll('%', '~');
