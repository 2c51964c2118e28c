import { tz } from '@date-fns/tz';
import { millisecondsInDay } from 'date-fns/constants';
import { differenceInCalendarDays } from 'date-fns/differenceInCalendarDays';
import type { Day } from '#kernel/days.js';
import { parseDay } from '#kernel/instants.js';
import { WrongUse } from './import-errors.js';
import { readTime } from './read-time.js';
import type { WallClock } from './wall-clock.js';

/** Moves a trace in time. It learns the distance from the first time it is given, so rows must come in order. */
export interface TimeShift {
  /** Whether the distance still has to be learnt. */
  readonly isOpen: () => boolean;
  readonly shifted: (instantMs: number) => number;
}

export const noShift: TimeShift = { isOpen: () => false, shifted: (instantMs) => instantMs };

/**
 * Reads `--shift-to`. An instant: the first row happens then, and all others keep their distance to it. A day: the
 * first row falls on that day, and every row keeps its time of day.
 *
 * @param wall the clock whose days are moved, and that a time without zone is read from
 * @param zoned whether `wall` was chosen by the user
 * @throws WrongUse if the text is neither
 */
export const readTimeShift = (text: string, wall: WallClock, zoned: boolean): TimeShift => {
  const day = parseDay(text);
  if (day !== undefined) return shiftToDay(day, wall);
  const instantMs = readTime(text, zoned ? wall : undefined);
  if (typeof instantMs === 'number') return shiftToInstant(instantMs);
  throw new WrongUse(
    instantMs === 'timeWithoutZone'
      ? `--shift-to ${text} has no zone: end it with Z or an offset, or give --zone.`
      : `--shift-to takes a day such as 2026-11-20 or an instant such as 2026-11-20T09:00:00Z, not '${text}'.`,
  );
};

const shiftToInstant = (targetMs: number): TimeShift => {
  let distanceMs: number | undefined;
  return {
    isOpen: () => distanceMs === undefined,
    shifted: (instantMs) => {
      distanceMs ??= targetMs - instantMs;
      return instantMs + distanceMs;
    },
  };
};

const shiftToDay = (target: Day, wall: WallClock): TimeShift => {
  let days: number | undefined;
  return {
    isOpen: () => days === undefined,
    shifted: (instantMs) => {
      const readingMs = wall.readingAt(instantMs);
      // What the wall shows is counted as UTC counts: there every day has 24 hours.
      days ??= differenceInCalendarDays(target * millisecondsInDay, readingMs, { in: tz('UTC') });
      return wall.instantOf(readingMs + days * millisecondsInDay);
    },
  };
};
