import { exactFields } from '#kernel/exact-fields.js';
import { divideHalfEven, microsOf } from '#kernel/money.js';

/** What one user of a group spends, at one log position. Micros, exact whatever their size. */
export interface UserFigures {
  /** In the 24 hours until now, or less. */
  readonly last24HoursMicros: bigint;
  /** On each of the 28 days before today, in any order; 0 for a day without spend. */
  readonly dailyMicros: readonly bigint[];
}

/** Whether a user spends far more than they usually do, with what shows it. */
export interface Runaway {
  readonly holds: boolean;
  /** Gone, and far enough from the bar. Neither is true in between. */
  readonly clears: boolean;
  readonly evidence: Readonly<Record<string, number | string | null>>;
}

/** How many days before today say what is usual. */
export const usualDays = 28;
/** Days with spend that there have to be before anything is claimed. */
const leastDays = 5;
/** More than so many times the median day is a runaway (docs/domain.md, The cap). */
const bar = 10n;
/** A tenth of what an open alert clears below: 0.9 of the bar. */
const clearsBelow = 9n;
/** 5 of the organisation's currency: less of a difference is not worth a word (docs/domain.md, The cap). */
export const floorMicros = 5_000_000n;
const one = 10_000n;

/**
 * The last 24 hours against the user's own median day: of the days with spend, because a weekend without work says
 * nothing about a day with it. Strictly more than 10 times, and at least 5 of the currency more.
 */
export const runawayOf = ({ last24HoursMicros, dailyMicros }: UserFigures): Runaway => {
  const days = dailyMicros.filter((micros) => micros > 0n);
  const evidence = { ...exactFields({ last24HoursMicros: microsOf(last24HoursMicros) }), days: days.length };
  if (days.length < leastDays) {
    return { holds: false, clears: true, evidence: { ...evidence, medianDayMicros: null, times: null } };
  }
  const median = medianOf(days);
  const passes = last24HoursMicros > median * bar;
  return {
    holds: passes && last24HoursMicros - median >= floorMicros,
    clears: last24HoursMicros < median * clearsBelow,
    evidence: {
      ...evidence,
      ...exactFields({ medianDayMicros: microsOf(median) }),
      times: timesOf(last24HoursMicros, median),
    },
  };
};

/** The mean of the two in the middle where there are two, rounded half to even. */
const medianOf = (days: readonly bigint[]): bigint => {
  const sorted = [...days].sort((a, b) => (a < b ? -1 : Number(a > b)));
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : divideHalfEven(sorted[middle - 1] + sorted[middle], 2n);
};

/** As a decimal of at most four places. */
const timesOf = (micros: bigint, medianMicros: bigint): number =>
  Number(divideHalfEven(micros * one, medianMicros)) / Number(one);
