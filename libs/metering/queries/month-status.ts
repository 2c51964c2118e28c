import type { Period } from '#kernel/days.js';
import type { AsOf } from '#event-sourcing/as-of.js';

/** How current an answer about money is, and whether what it says may still change. */
export interface Freshness {
  readonly asOf: AsOf;
  readonly provisional: boolean;
  /** `openPeriod`: a month of the range is not closed. `correctionRunning`: records are being re-rated or re-attributed. */
  readonly provisionalBecause: readonly ('openPeriod' | 'correctionRunning')[];
}

/** How things stand with months: which are closed comes after metering. Spend says so. */
export abstract class MonthStatus {
  /** Of the months `[from, to)`. */
  abstract standing(from: Period, to: Period): Freshness;
}
