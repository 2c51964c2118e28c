import { tzOffset } from '@date-fns/tz';
import { dayMs } from '#kernel/days.js';

/** Turns instants into what the clock on the wall shows in one zone, and back. Both are counted in milliseconds. */
export interface WallClock {
  readonly readingAt: (instantMs: number) => number;
  /**
   * The instant at which the wall shows a reading. Two answer, when the clock is put back: the first one is taken. None
   * does, when it is put forward: the reading is taken as the clock would have gone on, so 02:30 in the gap means 03:30.
   * (RFC 5545 and `Temporal` decide the same.)
   */
  readonly instantOf: (readingMs: number) => number;
}

/** The wall clock of an IANA time zone that exists. */
export const wallClockOf = (timeZone: string): WallClock => {
  const offsetAt = (instantMs: number): number => Math.round(tzOffset(timeZone, new Date(instantMs)) * 60_000);

  // Rows mostly come day after day, and on most days the offset is steady from the day before to the day after.
  let knownDay = NaN;
  let steadyOffset: number | undefined;
  const lookAround = (day: number): void => {
    const before = offsetAt((day - 1) * dayMs);
    const after = offsetAt((day + 2) * dayMs);
    steadyOffset = before === after ? before : undefined;
    knownDay = day;
  };

  return {
    readingAt: (instantMs) => instantMs + offsetAt(instantMs),
    instantOf: (readingMs) => {
      const day = Math.floor(readingMs / dayMs);
      if (day !== knownDay) lookAround(day);
      if (steadyOffset !== undefined) return readingMs - steadyOffset;
      const before = offsetAt(readingMs - dayMs);
      const after = offsetAt(readingMs + dayMs);
      const later = readingMs - after;
      const isAfterChange = offsetAt(readingMs - before) !== before && offsetAt(later) === after;
      return isAfterChange ? later : readingMs - before;
    },
  };
};
