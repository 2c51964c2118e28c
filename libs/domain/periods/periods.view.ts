import { z } from 'zod';
import type { Period } from '#kernel/days.js';
import { parsePeriod } from '#kernel/instants.js';
import type { PeriodEvent } from './periods.events.js';

/** A closed month: the close is a position in the log. */
export interface Close {
  readonly position: number;
  readonly at: string;
}

export interface PeriodsView {
  apply(event: PeriodEvent, close: Close): void;
  closeOf(period: Period): Close | undefined;
  isClosed(period: Period): boolean;
  /** Nothing while no month is closed. */
  latestClosed(): Period | undefined;
  /** Months that the service saw end and that are not closed, in order. */
  ended(): readonly Period[];
  /** The first month from this one on that is not closed. */
  firstOpen(from: Period): Period;
  save(): object;
  load(saved: object): void;
}

const savedPeriods = z.strictObject({
  closes: z.array(z.tuple([z.int(), z.strictObject({ position: z.int(), at: z.string() })])),
  ended: z.array(z.int()),
});

/** Which months are closed, and which have ended before our eyes. */
export const periodsView = (): PeriodsView => {
  const closes = new Map<Period, Close>();
  const ended = new Set<Period>();
  let latest: Period | undefined;
  const close = (period: Period, how: Close): void => {
    closes.set(period, how);
    latest = Math.max(latest ?? period, period);
  };
  return {
    apply({ type, data }, how) {
      const period = parsePeriod(data.period);
      if (period === undefined) return;
      if (type === 'PeriodEnded') ended.add(period);
      else close(period, how);
    },
    closeOf: (period) => closes.get(period),
    isClosed: (period) => closes.has(period),
    latestClosed: () => latest,
    ended: () => [...ended].filter((period) => !closes.has(period)).sort((a, b) => a - b),
    firstOpen(from) {
      let period = from;
      while (closes.has(period)) period++;
      return period;
    },
    save: () => ({ closes: [...closes], ended: [...ended] }),
    load(saved) {
      const parsed = savedPeriods.parse(saved);
      for (const [period, how] of parsed.closes) close(period, how);
      for (const period of parsed.ended) ended.add(period);
    },
  };
};
