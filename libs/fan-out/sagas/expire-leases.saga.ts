import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import { millisecondsInSecond } from 'date-fns/constants';
import type { Due, Evaluation } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { AdmissionControl } from '../commands/admission-control.js';
import { EndExpiredLeases } from '../commands/admission.commands.js';

/** Notes leases that have ended, whether or not anybody asks. Whoever asks ends them first, too. */
@Injectable()
export class ExpireLeases implements Evaluation {
  readonly saga = 'expireLeases';
  readonly minIntervalMs = millisecondsInSecond;

  constructor(
    private readonly lanes: SagaLanes,
    private readonly admissionControl: AdmissionControl,
  ) {}

  @Saga()
  expireLeases(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate(): Iterable<Due | undefined> {
    if (this.admissionControl.hasExpiredLeases()) yield { subject: 'leases', command: new EndExpiredLeases() };
  }
}
