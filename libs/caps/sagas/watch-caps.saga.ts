import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import type { Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import type { AlertType } from '#alerts/domain/alert-types.js';
import { type CapCondition, thresholdConditions } from '../domain/cap-conditions.js';
import { isInRange, type SpendRange, steadyRange } from '../domain/thresholds.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { groupChanges } from '#directory/domain/directory.slots.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { groupSpend } from '#spend/domain/spend.slots.js';
import { type Due, type Evaluation, isolateFailure, type Wake } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { Caps } from '../queries/caps.js';
import { CapAlerts, type WatchedCap } from './cap-alerts.js';

/**
 * Tells of thresholds that were reached. People wait for it, so it looks at nothing else; and of a group of which there
 * was nothing to tell it remembers how far spend may move until there is.
 */
@Injectable()
export class WatchCaps implements Evaluation {
  readonly saga = 'watchCaps';
  readonly collects = [groupChanges, groupSpend];
  /** People wait for it; under load the same groups change all the time. */
  readonly minIntervalMs = 2;
  readonly tellsOf: ReadonlySet<AlertType> = new Set(['capThreshold']);
  private readonly quiet = new Map<string, { readonly period: Period; readonly range: SpendRange }>();

  constructor(
    private readonly lanes: SagaLanes,
    private readonly organisation: OrganisationView,
    private readonly directory: DirectoryView,
    private readonly caps: Caps,
    private readonly alerts: CapAlerts,
  ) {}

  @Saga()
  watchCaps(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate({ everything, changes, nowMs }: Wake): Iterable<Due | undefined> {
    const period = this.organisation.calendar().periodOf(nowMs);
    yield* this.look(null, nowMs);
    if (everything) {
      for (const { groupId } of this.directory.groups()) yield* this.look(groupId, nowMs);
      return;
    }
    const changed = changes.ids(groupChanges);
    for (const groupId of changed) yield* this.look(groupId, nowMs);
    for (const groupId of changes.ids(groupSpend)) {
      if (!changed.has(groupId)) yield* this.lookUnlessQuiet(groupId, period, nowMs);
    }
  }

  private look(groupId: string | null, nowMs: number): Iterable<Due | undefined> {
    return isolateFailure(groupId ?? 'the organisation', () => this.dueFor(groupId, nowMs));
  }

  // Also of a group that is quiet there is a place to pause, and one that cannot be looked at holds up no other.
  private lookUnlessQuiet(groupId: string, period: Period, nowMs: number): Iterable<Due | undefined> {
    return isolateFailure(groupId, () => (this.isQuiet(groupId, period) ? [undefined] : this.dueFor(groupId, nowMs)));
  }

  private *dueFor(groupId: string | null, nowMs: number): Iterable<Due | undefined> {
    yield undefined;
    const watched = this.alerts.lookAt(groupId, this, nowMs);
    const conditions = watched.figures === undefined ? [] : thresholdConditions(watched.figures);
    const due = this.alerts.due(this, watched, conditions, nowMs);
    if (groupId !== null) this.noteQuiet(groupId, watched, due.length === 0 && isAllTold(watched, conditions));
    yield* due;
  }

  private isQuiet(groupId: string, period: Period): boolean {
    const known = this.quiet.get(groupId);
    return known?.period === period && isInRange(this.caps.spent(groupId, period), known.range);
  }

  private noteQuiet(groupId: string, { figures, period }: WatchedCap, isQuiet: boolean): void {
    if (!isQuiet || figures === undefined) {
      this.quiet.delete(groupId);
      return;
    }
    const { spentMicros, capMicros, settings } = figures;
    this.quiet.set(groupId, { period, range: steadyRange(spentMicros, capMicros, settings.thresholdsBasisPoints) });
  }
}

/** Not so for what was suppressed: that ends with time, not with spend. */
const isAllTold = ({ raised, period }: WatchedCap, conditions: readonly CapCondition[]): boolean => {
  const name = formatPeriod(period);
  return conditions.filter(({ holds }) => holds).length === raised.filter((alert) => alert.period === name).length;
};
