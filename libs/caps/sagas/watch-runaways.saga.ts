import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import type { KnownAlert } from '#alerts/domain/known-alert.js';
import { AlertsView } from '#alerts/domain/alerts.view.js';
import { groupChanges } from '#directory/domain/directory.slots.js';
import { groupSpend, userSpend } from '#spend/domain/spend.slots.js';
import { SpendView } from '#spend/domain/spend.view.js';
import type { ChangedPairs } from '#event-sourcing/changes.js';
import { type Due, type Evaluation, isolateFailure, type Wake } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { UserDays } from '../queries/user-days.js';
import { runaway, RunawayAlerts } from './runaway-alerts.js';

/**
 * Tells of a user whose last 24 hours are far above their own median day, whether or not there is a cap; and that it is
 * over, when spend was taken back or the hours have passed. Time alone ends it: full hours look at every user.
 */
@Injectable()
export class WatchRunaways implements Evaluation {
  readonly saga = 'watchRunaways';
  readonly collects = [groupChanges, groupSpend, userSpend];
  /** A day's spend changes slowly. */
  readonly minIntervalMs = 2_000;

  constructor(
    private readonly lanes: SagaLanes,
    private readonly alertsView: AlertsView,
    private readonly spend: SpendView,
    private readonly users: UserDays,
    private readonly alerts: RunawayAlerts,
  ) {}

  @Saga()
  watchRunaways(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate({ everything, changes, nowMs }: Wake): Iterable<Due | undefined> {
    const groups = new Set([...changes.ids(groupChanges), ...changes.ids(groupSpend)]);
    const users = changes.pairs(userSpend);
    for (const pair of this.pairsOf(everything ? this.alertsView.list() : this.openOf(groups))) {
      yield* this.look(...pair, nowMs);
    }
    const isWide = everything || users.isMany;
    for (const pair of isWide ? this.users.bigSpenders(nowMs) : this.changed(groups, users)) {
      if (pair !== undefined && this.users.mayRunAway(...pair, nowMs)) yield* this.look(...pair, nowMs);
      else yield undefined;
    }
  }

  private look(group: number, user: number, nowMs: number): Iterable<Due | undefined> {
    const { names } = this.spend;
    const about = `${names.textOf(user)} in ${names.textOf(group)}`;
    return isolateFailure(about, () => [this.alerts.due(this.saga, group, user, nowMs)]);
  }

  private *changed(groupIds: Iterable<string>, users: ChangedPairs): Iterable<readonly [group: number, user: number]> {
    for (const groupId of groupIds) {
      const group = this.spend.names.find(groupId);
      if (group !== undefined) for (const user of users.of(group)) yield [group, user];
    }
  }

  /** Nothing for somebody whose records did not count. */
  private numbersOf(
    groupId: string | null,
    userId: string | null,
  ): readonly (readonly [group: number, user: number])[] {
    const { names } = this.spend;
    const [group, user] = [names.find(groupId ?? ''), names.find(userId ?? '')];
    return group === undefined || user === undefined ? [] : [[group, user]];
  }

  private *openOf(groupIds: Iterable<string>): Iterable<KnownAlert> {
    for (const groupId of groupIds) yield* this.alertsView.openOf(groupId);
  }

  /** Whom runaway alerts are about that are open or muted. */
  private *pairsOf(alerts: Iterable<KnownAlert>): Iterable<readonly [group: number, user: number]> {
    for (const { type, state, muted, groupId, userId } of alerts) {
      if (type === runaway && (state !== 'resolved' || muted)) yield* this.numbersOf(groupId, userId);
    }
  }
}
