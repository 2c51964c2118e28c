import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import { millisecondsInSecond } from 'date-fns/constants';
import type { Due, Evaluation, Wake } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { StoreDenials } from '../commands/admission.commands.js';
import { DenialLog } from '../commands/denial-log.js';

/** Stores once a second what was denied since. */
@Injectable()
export class FlushDenials implements Evaluation {
  readonly saga = 'flushDenials';
  readonly minIntervalMs = millisecondsInSecond;

  constructor(
    private readonly lanes: SagaLanes,
    private readonly denials: DenialLog,
  ) {}

  @Saga()
  flushDenials(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate({ nowMs }: Wake): Iterable<Due | undefined> {
    if (this.denials.isPending) yield { subject: 'denials', command: new StoreDenials(nowMs) };
  }
}
