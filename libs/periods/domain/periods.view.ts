import { z } from 'zod';
import type { Period } from '#kernel/days.js';
import { parsePeriod } from '#kernel/instants.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { isPeriodEvent, periodEventTypes } from './periods.events.js';

/** A closed month: the close is a position in the log. */
export interface Close {
  readonly position: number;
  readonly at: string;
}

const savedPeriods = z.strictObject({
  closes: z.array(z.tuple([z.int(), z.strictObject({ position: z.int(), at: z.string() })])),
  ended: z.array(z.int()),
});

/** Which months are closed, and which have ended before our eyes. */
export class PeriodsView extends View {
  readonly name = 'periods';
  readonly handles = periodEventTypes;
  readonly #closes = new Map<Period, Close>();
  readonly #ended = new Set<Period>();
  #latest: Period | undefined;

  apply(event: StoredEvent, at: FoldContext): void {
    if (!isPeriodEvent(event)) return;
    const period = parsePeriod(event.data.period);
    if (period === undefined) return;
    if (event.type === 'PeriodEnded') this.#ended.add(period);
    else {
      this.#close(period, { position: event.position, at: event.meta.now });
      // What is usual is judged by closed months.
      at.changes.addEverything();
    }
  }

  closeOf = (period: Period): Close | undefined => this.#closes.get(period);
  isClosed = (period: Period): boolean => this.#closes.has(period);
  /** Whether it is on record that the month has ended. */
  hasEnded = (period: Period): boolean => this.#ended.has(period) || this.#closes.has(period);
  /** Nothing while no month is closed. */
  latestClosed = (): Period | undefined => this.#latest;
  /** Months that the service saw end and that are not closed, in order. */
  ended = (): readonly Period[] => [...this.#ended].filter((period) => !this.#closes.has(period)).sort((a, b) => a - b);

  /** The first month from this one on that is not closed. */
  firstOpen(from: Period): Period {
    let period = from;
    while (this.#closes.has(period)) period++;
    return period;
  }

  save(): object {
    return { closes: [...this.#closes], ended: [...this.#ended] };
  }
  load(saved: object): void {
    const { closes, ended } = savedPeriods.parse(saved);
    for (const [period, close] of closes) this.#close(period, close);
    for (const period of ended) this.#ended.add(period);
  }

  #close(period: Period, close: Close): void {
    this.#closes.set(period, close);
    this.#latest = Math.max(this.#latest ?? period, period);
  }
}
