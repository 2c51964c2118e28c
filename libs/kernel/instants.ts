import { millisecondsInDay, millisecondsInMinute, minutesInHour } from 'date-fns/constants';
import { type Day, dayOfDate, daysInPeriod, firstDayOf, type Period, periodOfDay } from './days.js';

/** Why a text is not an instant. */
export type InstantFault = 'timeWithoutZone' | 'notATime';

/** The length of `yyyy-MM-ddTHH:mm`. */
const shortestInstant = 16;
/** What is not there reads as a number below every day, so that no sum of fields makes it valid again. */
const notThere = -1_000_000;

/** The widest offset from UTC in use is 14 hours (Pacific/Kiritimati). */
const maxOffsetMinutes = 14 * minutesInHour;
const earliestMs = dayOfDate(1, 1, 1) * millisecondsInDay;
const endMs = dayOfDate(10_000, 1, 1) * millisecondsInDay;

/**
 * Reads `yyyy-MM-ddTHH:mm[:ss[.fraction]](Z|±HH:mm|±HHmm)` (ISO 8601, RFC 3339; `t` and `z` too) as milliseconds
 * since 1970. Digits finer than a millisecond are cut off, never rounded, so that no instant moves into the next day.
 *
 * Refused: a time without a zone, a date that does not exist, hour 24, second 60 (a leap second has no place in
 * milliseconds since 1970), an offset beyond 14 hours, and whatever falls outside the years 0001 to 9999 in UTC.
 * Instants before 1970 are negative, therefore a fault is a text. Makes no object: it runs once per record.
 */
export const parseInstant = (text: string): number | InstantFault => {
  if (text.length < shortestInstant) return 'notATime';
  const day = dayAt(text);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const separated = (text.charCodeAt(10) | 0x20) === 0x74 && text.charCodeAt(13) === 0x3a; // T or t, then a colon
  if (day === notThere || !separated || hour < 0 || hour > 23 || minute < 0 || minute > 59) return 'notATime';

  const secondsAt = shortestInstant;
  const zoneAt = endOfSeconds(text, secondsAt);
  if (zoneAt === notThere) return 'notATime';
  if (zoneAt === text.length) return 'timeWithoutZone';
  const offsetMinutes = offsetAt(text, zoneAt);
  if (offsetMinutes === notThere) return 'notATime';
  const minutes = hour * minutesInHour + minute - offsetMinutes;
  const ms = day * millisecondsInDay + minutes * millisecondsInMinute + millisecondsIn(text, secondsAt, zoneAt);
  return ms >= earliestMs && ms < endMs ? ms : 'notATime';
};

/** An instant as `yyyy-MM-ddTHH:mm:ss.SSSZ`. */
export const formatInstant = (ms: number): string => new Date(ms).toISOString();

/** Reads `yyyy-MM-dd`; nothing if the text is not a date that exists. */
export const parseDay = (text: string): Day | undefined => {
  const day = text.length === 10 ? dayAt(text) : notThere;
  return day === notThere ? undefined : day;
};

export const formatDay = (day: Day): string => {
  const period = periodOfDay(day);
  return `${formatPeriod(period)}-${padded(day - firstDayOf(period) + 1, 2)}`;
};

/** Reads `yyyy-MM`; nothing if the text is not a month. */
export const parsePeriod = (text: string): Period | undefined => {
  const period = text.length === 7 ? periodAt(text) : notThere;
  return period === notThere ? undefined : period;
};

export const formatPeriod = (period: Period): string => {
  const year = Math.floor(period / 12);
  return `${padded(year, 4)}-${padded(period - year * 12 + 1, 2)}`;
};

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** The number that two digits make. The caller has looked that the text is long enough. */
const twoDigits = (text: string, at: number): number => {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  // A negative number turns into a large one: one comparison for both ends.
  return tens >>> 0 <= 9 && ones >>> 0 <= 9 ? tens * 10 + ones : notThere;
};

/** The month that a text begins with. Year 0000 is refused. */
const periodAt = (text: string): Period => {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  return text.charCodeAt(4) === 0x2d && year >= 1 && month >= 1 && month <= 12 ? year * 12 + month - 1 : notThere;
};

/** The day that a text begins with, `notThere` if the date does not exist. */
const dayAt = (text: string): Day => {
  const period = periodAt(text);
  const day = twoDigits(text, 8);
  if (period === notThere || text.charCodeAt(7) !== 0x2d || day < 1) return notThere;
  // Every month has 28 days: only the rest need the length of theirs.
  return day <= 28 || day <= daysInPeriod(period) ? firstDayOf(period) + day - 1 : notThere;
};

/** Where `[:ss[.fraction]]` ends. */
const endOfSeconds = (text: string, at: number): number => {
  if (at === text.length || text.charCodeAt(at) !== 0x3a) return at;
  const second = at + 3 <= text.length ? twoDigits(text, at + 1) : notThere;
  if (second < 0 || second > 59) return notThere;
  const pointAt = at + 3;
  if (pointAt === text.length || text.charCodeAt(pointAt) !== 0x2e) return pointAt;
  let end = pointAt + 1;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end === pointAt + 1 ? notThere : end;
};

/** The milliseconds that `[:ss[.fraction]]` from `at` to `end` stands for; it has been looked at. */
const millisecondsIn = (text: string, at: number, end: number): number => {
  if (at === end) return 0;
  const fractionAt = at + 4;
  let ms = twoDigits(text, at + 1) * 1_000;
  if (fractionAt < end) ms += (text.charCodeAt(fractionAt) - 0x30) * 100;
  if (fractionAt + 1 < end) ms += (text.charCodeAt(fractionAt + 1) - 0x30) * 10;
  if (fractionAt + 2 < end) ms += text.charCodeAt(fractionAt + 2) - 0x30;
  return ms;
};

/** Minutes east of UTC of the zone that ends a text: `Z`, `±HH:mm` or `±HHmm`. */
const offsetAt = (text: string, at: number): number => {
  const sign = text.charCodeAt(at);
  const length = text.length - at;
  if ((sign | 0x20) === 0x7a) return length === 1 ? 0 : notThere; // Z or z
  if (sign !== 0x2b && sign !== 0x2d) return notThere;
  const colon = length === 6 && text.charCodeAt(at + 3) === 0x3a;
  if (!colon && length !== 5) return notThere;
  const minute = twoDigits(text, at + (colon ? 4 : 3));
  const minutes = twoDigits(text, at + 1) * minutesInHour + minute;
  if (minute < 0 || minute > 59 || minutes < 0 || minutes > maxOffsetMinutes) return notThere;
  return sign === 0x2d ? -minutes : minutes;
};
