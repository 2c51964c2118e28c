import { tzOffset } from '@date-fns/tz';
import { millisecondsInDay, millisecondsInMinute } from 'date-fns/constants';

/** Turns instants into what the clock on the wall shows in one zone, and back. Both are counted in milliseconds. */
export interface WallClock {
  readonly readingAt: (instantMs: number) => number;
  /**
   * The instant at which the wall shows a reading. Two answer, when the clock is put back: the first one is taken. None
   * does, when it is put forward: the reading is taken as if the clock had gone on, so 02:30 in the gap means 03:30.
   * (RFC 5545 and `Temporal` decide the same.)
   */
  readonly instantOf: (readingMs: number) => number;
}

/** The wall clock of an IANA time zone that exists. */
export const wallClockOf = (timeZone: string): WallClock => {
  const offsetAt = (instantMs: number): number =>
    Math.round(tzOffset(timeZone, new Date(instantMs)) * millisecondsInMinute);
  const steadyOffsetOn = steadyOffsets(offsetAt);
  return {
    readingAt: (instantMs) =>
      instantMs + (steadyOffsetOn(Math.floor(instantMs / millisecondsInDay)) ?? offsetAt(instantMs)),
    instantOf: (readingMs) => {
      const steadyOffset = steadyOffsetOn(Math.floor(readingMs / millisecondsInDay));
      if (steadyOffset !== undefined) return readingMs - steadyOffset;
      const before = offsetAt(readingMs - millisecondsInDay);
      const after = offsetAt(readingMs + millisecondsInDay);
      const isAfterChange = offsetAt(readingMs - before) !== before && offsetAt(readingMs - after) === after;
      return readingMs - (isAfterChange ? after : before);
    },
  };
};

const rememberedDays = 4_096;

/**
 * The offset of a day on which it does not change, nor on the day before or after; undefined for the few others. Asking
 * the zone is dear, and rows share their days.
 */
const steadyOffsets = (offsetAt: (instantMs: number) => number): ((day: number) => number | undefined) => {
  const days = new Map<number, number | undefined>();
  return (day) => {
    if (days.has(day)) return days.get(day);
    if (days.size >= rememberedDays) days.clear();
    const before = offsetAt((day - 1) * millisecondsInDay);
    const steady = offsetAt((day + 2) * millisecondsInDay) === before ? before : undefined;
    days.set(day, steady);
    return steady;
  };
};
