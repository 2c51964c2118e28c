import type { Period } from '#kernel/days.js';

/** Which months are not closed: what is spent in them may still change. Periods say so. */
export abstract class OpenPeriods {
  /** The first month from this one on that is not closed. */
  abstract firstOpen(from: Period): Period;
}
