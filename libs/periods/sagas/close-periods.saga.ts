import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { firstDayOf, type Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { PeriodsView } from '../domain/periods.view.js';
import type { Saga, SagaStep, Wake } from '#event-sourcing/sagas/saga.js';
import { ClosePeriod, NotePeriodEnd } from '../commands/periods.commands.js';

/**
 * Notes that a month has ended while the service was running, and closes such a month on the organisation's close day,
 * or as soon as the service runs again after it. A month that ended while nobody was there waits for a person: its
 * records may not all have come.
 */
@Injectable()
export class ClosePeriods implements Saga {
  readonly name = 'closePeriods';
  readonly looksAt = 'time';
  /** The month this process has seen last. */
  private seen: Period | undefined;

  constructor(
    private readonly organisation: OrganisationView,
    private readonly periods: PeriodsView,
    private readonly bus: CommandBus,
  ) {}

  *due({ nowMs }: Wake): Iterable<SagaStep | undefined> {
    const calendar = this.organisation.calendar();
    const current = calendar.periodOf(nowMs);
    this.seen ??= current;
    for (let period = this.seen; period < current; period++) {
      const noting = this.step('noteEnd', period, nowMs);
      const noted = async (): Promise<void> => {
        await noting.run();
        // One that failed is noted again, and those after it with it.
        if (this.seen === period) this.seen = period + 1;
      };
      yield { about: noting.about, run: noted };
    }
    const { closeDay } = this.organisation.organisation();
    for (const period of this.periods.ended()) {
      const closesMs = calendar.startOfDay(firstDayOf(period + 1) + closeDay - 1);
      if (nowMs >= closesMs) yield this.step('close', period, nowMs);
    }
  }

  private step(what: 'noteEnd' | 'close', period: Period, nowMs: number): SagaStep {
    const about = formatPeriod(period);
    const meta = { commandId: `${what}:${about}`, nowMs, actor: `system:${this.name}`, reason: '' };
    const Step = what === 'close' ? ClosePeriod : NotePeriodEnd;
    return { about, run: () => this.bus.execute(new Step({ period }, meta)) };
  }
}
