import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import { WatchedClock } from '#event-sourcing/ports/clock.js';
import type { Due, Evaluation } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { TellOfClock } from '../commands/clock.commands.js';
import { ToldAlarm } from '../commands/told-alarm.js';

/** Tells operators, in the log of the service, when an alarm of the clock begins and ends. */
@Injectable()
export class WatchClock implements Evaluation {
  readonly saga = 'watchClock';

  constructor(
    private readonly lanes: SagaLanes,
    private readonly clock: WatchedClock,
    private readonly told: ToldAlarm,
  ) {}

  @Saga()
  watchClock(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate(): Iterable<Due | undefined> {
    const reading = this.clock.read();
    if (reading.alarm?.kind !== this.told.kind) yield { subject: 'clock', command: new TellOfClock(reading) };
  }
}
