import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import type { Period } from '#kernel/days.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { groupChanges } from '#directory/domain/directory.slots.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { groupSpend } from '#spend/domain/spend.slots.js';
import { type Due, type Evaluation, isolateFailure, type Wake } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { RecordCap } from '../commands/caps.commands.js';
import { Caps } from '../queries/caps.js';

/**
 * Records the cap of this month for every group that has none yet, or whose basis or policy has changed. A cap that is
 * needed before is derived by whoever needs it: this saga only sees to it that it is written down.
 */
@Injectable()
export class DeriveCaps implements Evaluation {
  readonly saga = 'deriveCaps';
  readonly collects = [groupChanges, groupSpend];
  /** Nobody waits for it: whoever needs a cap derives it. */
  readonly minIntervalMs = 500;
  /** Groups whose basis has moved a little, and when that is to be recorded. */
  private readonly dueAtMs = new Map<string | null, number>();

  constructor(
    private readonly lanes: SagaLanes,
    private readonly organisation: OrganisationView,
    private readonly directory: DirectoryView,
    private readonly caps: Caps,
  ) {}

  @Saga()
  deriveCaps(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate({ everything, changes, nowMs }: Wake): Iterable<Due | undefined> {
    const period = this.organisation.calendar().periodOf(nowMs);
    for (const groupId of this.scopes(everything, changes, nowMs)) {
      yield* isolateFailure(groupId ?? 'the organisation', () => [this.dueFor(groupId, period, nowMs)]);
    }
  }

  private dueFor(groupId: string | null, period: Period, nowMs: number): Due | undefined {
    const dueAtMs = this.caps.dueAtMs(groupId, period);
    if (dueAtMs === undefined || dueAtMs <= nowMs) this.dueAtMs.delete(groupId);
    else this.dueAtMs.set(groupId, dueAtMs);
    if (dueAtMs === undefined || dueAtMs > nowMs) return undefined;
    return { subject: groupId ?? 'the organisation', command: new RecordCap({ groupId, period }, nowMs) };
  }

  private *scopes(everything: boolean, changes: Wake['changes'], nowMs: number): Iterable<string | null> {
    yield null;
    if (everything) {
      for (const { groupId } of this.directory.groups()) yield groupId;
      return;
    }
    const changed = new Set([...changes.ids(groupChanges), ...changes.ids(groupSpend)]);
    yield* changed;
    for (const [groupId, dueAtMs] of this.dueAtMs) if (dueAtMs <= nowMs && !changed.has(groupId ?? '')) yield groupId;
  }
}
