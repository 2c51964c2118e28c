import { millisecondsInDay, millisecondsInHour, secondsInHour, secondsInMinute } from 'date-fns/constants';
import { type Day, firstDayOf, type Period, periodOfDay } from './days.js';

/** Which day and month an instant belongs to, in one time zone. Instants are milliseconds since 1970. */
export interface Calendar {
  readonly timeZone: string;
  /** The day an instant is in: `startOfDay(day) <= ms < startOfDay(day + 1)`. Runs once per record. */
  readonly dayOf: (ms: number) => Day;
  /**
   * The first instant of a day. That is midnight, or the end of the gap where the clock skips midnight. A day that the
   * zone skipped as a whole (Pacific/Apia 2011-12-30) is empty: it begins where the next one does.
   */
  readonly startOfDay: (day: Day) => number;
  readonly periodOf: (ms: number) => Period;
  /** A period is `[startOfPeriod(period), startOfPeriod(period + 1))`. */
  readonly startOfPeriod: (period: Period) => number;
}

/** Local clocks run from 12 hours behind UTC to 14 hours ahead. */
const farthestWestMs = 12 * millisecondsInHour;
const farthestEastMs = 14 * millisecondsInHour;
/** Starts of days are remembered in as many slots (a power of two): more days than records may be old. */
const rememberedDays = 1_024;
/** In a slot that is empty. */
const noDay = -0x80000000;

const calendars = new Map<string, Calendar>();

/**
 * The calendar of an IANA time zone, by the zone rules that Node brings along. The zone of the process plays no part.
 * @throws RangeError if the zone is unknown: ask `isTimeZone` first
 */
export const calendarOf = (timeZone: string): Calendar => {
  const known = calendars.get(timeZone);
  if (known !== undefined) return known;
  const calendar = createCalendar(timeZone);
  calendars.set(timeZone, calendar);
  return calendar;
};

/**
 * Whether a text names an IANA time zone (`Europe/Berlin`, `Etc/UTC`, old names too) in its own spelling. An offset
 * such as `+01:00` is not a zone: it knows no summer time.
 */
export const isTimeZone = (text: string): boolean => {
  if (!/^[A-Z][\w+-]*(\/[A-Z][\w+-]*)*$/.test(text)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions();
    return timeZone === text || timeZone.toLowerCase() !== text.toLowerCase();
  } catch {
    return false;
  }
};

/**
 * Days are cut by their starts, and a start is looked up once: local dates alone would not do, because a clock that
 * goes back over midnight (America/St_Johns until 2011, at 00:01) shows the day before for a second time. A day, once
 * begun, is not left again.
 */
const createCalendar = (timeZone: string): Calendar => {
  const offsetAt = offsetsOf(timeZone);
  const slotDays = new Int32Array(rememberedDays).fill(noDay);
  const slotStarts = new Float64Array(rememberedDays);

  const startOfDay = (day: Day): number => {
    const slot = day & (rememberedDays - 1);
    if (slotDays[slot] !== day) {
      slotStarts[slot] = firstInstantOf(day, offsetAt);
      slotDays[slot] = day;
    }
    return slotStarts[slot];
  };

  // The last answer: records come mostly from the same day.
  let lastDay = 0;
  let lastStart = startOfDay(0);
  let lastEnd = startOfDay(1);
  const dayOf = (ms: number): Day => {
    if (ms >= lastStart && ms < lastEnd) return lastDay;
    let day = Math.floor(ms / millisecondsInDay);
    while (startOfDay(day) > ms) day--;
    while (startOfDay(day + 1) <= ms) day++;
    lastDay = day;
    lastStart = startOfDay(day);
    lastEnd = startOfDay(day + 1);
    return day;
  };

  return {
    timeZone,
    dayOf,
    startOfDay,
    periodOf: (ms) => periodOfDay(dayOf(ms)),
    startOfPeriod: (period) => startOfDay(firstDayOf(period)),
  };
};

type OffsetAt = (ms: number) => number;

/** `GMT`, `GMT+05:30`, `GMT-00:44:30`. */
const endsInOffset = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

/** The first instant at which the local clock shows the day or a later one; a zone changes at most once in 26 hours. */
const firstInstantOf = (day: Day, offsetAt: OffsetAt): number => {
  const midnightUtc = day * millisecondsInDay;
  let before = midnightUtc - farthestEastMs;
  let after = midnightUtc + farthestWestMs;
  const offsetBefore = offsetAt(before);
  const offsetAfter = offsetAt(after);
  if (offsetBefore === offsetAfter) return midnightUtc - offsetBefore;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === offsetBefore) before = middle;
    else after = middle;
  }
  const midnightBefore = midnightUtc - offsetBefore;
  return midnightBefore < after ? midnightBefore : Math.max(after, midnightUtc - offsetAfter);
};

/**
 * Milliseconds that local clocks are ahead of UTC, at an instant. Read from Intl directly, with the sign kept apart:
 * @date-fns/tz 1.5 takes an offset such as -00:44:30 (Africa/Monrovia until 1972) for a positive one.
 */
const offsetsOf = (timeZone: string): OffsetAt => {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return (ms) => {
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = endsInOffset.exec(format.format(ms)) ?? [];
    const ahead = (Number(hours) * secondsInHour + Number(minutes) * secondsInMinute + Number(seconds)) * 1_000;
    return sign === '-' ? -ahead : ahead;
  };
};
