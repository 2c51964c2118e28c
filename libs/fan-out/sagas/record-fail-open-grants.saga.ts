import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import { millisecondsInSecond } from 'date-fns/constants';
import type { Due, Evaluation } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { StoreFailOpenGrants } from '../commands/fail-open.commands.js';
import { FailOpenGrants } from '../commands/fail-open-grants.js';

/** Writes down what was granted while the event store was away, when it is back. */
@Injectable()
export class RecordFailOpenGrants implements Evaluation {
  readonly saga = 'recordFailOpenGrants';
  readonly minIntervalMs = millisecondsInSecond;

  constructor(
    private readonly lanes: SagaLanes,
    private readonly grants: FailOpenGrants,
  ) {}

  @Saga()
  recordFailOpenGrants(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate(): Iterable<Due | undefined> {
    if (this.grants.isHolding) yield { subject: 'fail-open grants', command: new StoreFailOpenGrants() };
  }
}
