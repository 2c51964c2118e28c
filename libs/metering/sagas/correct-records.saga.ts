import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import type { Due, Evaluation, Wake } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { advanceCorrection, beginRerating } from '../commands/corrections.commands.js';
import { CorrectionsView } from '../domain/corrections.view.js';
import { correctionChanges } from '../domain/metering.slots.js';

/**
 * Works off corrections over many records, re-ratings of published prices and re-attributions: one job after another, and
 * prices that no job has come to when none is under way. Each step is one command, and one event with what it moved and
 * how far it came: when that is folded, the next is due.
 */
@Injectable()
export class CorrectRecords implements Evaluation {
  readonly saga = 'correctRecords';
  readonly collects = [correctionChanges];

  constructor(
    private readonly lanes: SagaLanes,
    private readonly view: CorrectionsView,
  ) {}

  @Saga()
  correctRecords(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate({ nowMs }: Wake): Iterable<Due | undefined> {
    const job = this.view.running().at(0);
    if (job !== undefined) yield { subject: 'corrections', command: advanceCorrection(job.jobId, nowMs) };
    else {
      const due = this.view.due().at(0);
      if (due !== undefined) yield { subject: 'corrections', command: beginRerating(due.priceVersion, nowMs) };
    }
  }
}
