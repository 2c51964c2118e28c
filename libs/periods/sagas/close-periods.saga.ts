import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import { firstDayOf, type Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { PeriodsView } from '../domain/periods.view.js';
import type { Due, Evaluation, Wake } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { ClosePeriod, NotePeriodEnd } from '../commands/periods.commands.js';

/**
 * Notes that a month has ended while the service was running, and closes such a month on the organisation's close day,
 * or as soon as the service runs again after it. A month that ended while nobody was there waits for a person: its
 * records may not all have come.
 */
@Injectable()
export class ClosePeriods implements Evaluation {
  readonly saga = 'closePeriods';
  /** The first month of which this process has to see that its end is noted. */
  private seen: Period | undefined;

  constructor(
    private readonly lanes: SagaLanes,
    private readonly organisation: OrganisationView,
    private readonly periods: PeriodsView,
  ) {}

  @Saga()
  closePeriods(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate({ nowMs }: Wake): Iterable<Due | undefined> {
    const calendar = this.organisation.calendar();
    const current = calendar.periodOf(nowMs);
    this.seen ??= current;
    while (this.seen < current && this.periods.hasEnded(this.seen)) this.seen++;
    for (let period = this.seen; period < current; period++) {
      yield {
        subject: formatPeriod(period),
        command: new NotePeriodEnd({ period }, this.meta('noteEnd', period, nowMs)),
      };
    }
    const { closeDay } = this.organisation.organisation();
    for (const period of this.periods.ended()) {
      const closesMs = calendar.startOfDay(firstDayOf(period + 1) + closeDay - 1);
      if (nowMs < closesMs) continue;
      yield { subject: formatPeriod(period), command: new ClosePeriod({ period }, this.meta('close', period, nowMs)) };
    }
  }

  private meta(what: string, period: Period, nowMs: number) {
    return { commandId: `${what}:${formatPeriod(period)}`, nowMs, actor: `system:${this.saga}`, reason: '' };
  }
}
