import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import type { Due, Evaluation, Wake } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { SealAuditChain } from '../commands/audit.commands.js';
import { SealDue } from '../queries/seal-due.js';

/**
 * Hash chain: seals the chain of hashes over the log once a day: on the first look of a day, if anything but seals was
 * stored since the last seal. A long way is gone in several seals, one behind the other.
 */
@Injectable()
export class SealAudit implements Evaluation {
  readonly saga = 'sealAudit';

  constructor(
    private readonly lanes: SagaLanes,
    private readonly seals: SealDue,
  ) {}

  @Saga()
  sealAudit(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate({ nowMs }: Wake): Iterable<Due | undefined> {
    if (this.seals.isDue(nowMs)) yield { subject: 'audit', command: new SealAuditChain({}, nowMs) };
  }
}
