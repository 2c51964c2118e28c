import { Injectable } from '@nestjs/common';
import { type ICommand, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import type { AlertType } from '#alerts/domain/alert-types.js';
import { type CapCondition, type CapFigures, paceCondition, shareCondition } from '../domain/cap-conditions.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { groupChanges } from '#directory/domain/directory.slots.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { groupSpend, userSpend } from '#spend/domain/spend.slots.js';
import { CapsView } from '../domain/caps.view.js';
import { SpendView } from '#spend/domain/spend.view.js';
import { type Due, type Evaluation, isolateFailure, type Wake } from '#event-sourcing/sagas/evaluation.js';
import { levelTriggered } from '#event-sourcing/sagas/level-triggered.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { ViewsChanged } from '#event-sourcing/sagas/views-changed.js';
import { CapAlerts, type WatchedCap } from './cap-alerts.js';
import { UserSpend } from '../queries/user-spend.js';

const nobody: readonly number[] = [];

/** Tells of a month on its way past its cap, and of one user who spends most of it. */
@Injectable()
export class WatchPace implements Evaluation {
  readonly saga = 'watchPace';
  readonly collects = [groupChanges, groupSpend, userSpend];
  /** A day's spend changes slowly. */
  readonly minIntervalMs = 2_000;
  readonly tellsOf: ReadonlySet<AlertType> = new Set(['capPace', 'userShare']);

  constructor(
    private readonly lanes: SagaLanes,
    private readonly organisation: OrganisationView,
    private readonly directory: DirectoryView,
    private readonly caps: CapsView,
    private readonly spend: SpendView,
    private readonly alerts: CapAlerts,
    private readonly users: UserSpend,
  ) {}

  @Saga()
  watchPace(events$: Observable<IEvent>): Observable<ICommand> {
    return events$.pipe(ofType(ViewsChanged), levelTriggered(this.lanes, this));
  }

  *evaluate({ everything, changes, nowMs }: Wake): Iterable<Due | undefined> {
    yield* this.look(null, nobody, nowMs);
    const groups = new Set([...changes.ids(groupChanges), ...changes.ids(groupSpend)]);
    const users = changes.pairs(userSpend);
    if (!everything && !users.isMany) {
      for (const groupId of groups) yield* this.look(groupId, [...users.of(this.numberOf(groupId))], nowMs);
      return;
    }
    const big = new Map<number, number[]>();
    const period = this.organisation.calendar().periodOf(nowMs);
    for (const pair of this.users.bigSpenders(period, (groupId) => this.shareLimit(groupId))) {
      yield undefined;
      if (pair !== undefined) big.set(pair[0], [...(big.get(pair[0]) ?? []), pair[1]]);
    }
    for (const groupId of everything ? this.everyGroup() : groups) {
      yield* this.look(groupId, big.get(this.numberOf(groupId)) ?? nobody, nowMs);
    }
  }

  private everyGroup(): readonly string[] {
    return this.directory.groups().map(({ groupId }) => groupId);
  }

  private numberOf(groupId: string): number {
    return this.spend.names.find(groupId) ?? -1;
  }

  private look(groupId: string | null, moved: readonly number[], nowMs: number): Iterable<Due | undefined> {
    return isolateFailure(groupId ?? 'the organisation', () => this.dueFor(groupId, moved, nowMs));
  }

  private *dueFor(groupId: string | null, moved: readonly number[], nowMs: number): Iterable<Due | undefined> {
    yield undefined;
    const watched = this.alerts.lookAt(groupId, this, nowMs);
    const { figures } = watched;
    const conditions = figures === undefined ? [] : [paceCondition(figures), ...this.shares(watched, figures, moved)];
    yield* this.alerts.due(this, watched, conditions, nowMs);
  }

  /** Of the users who have moved those with too large a share, and everybody of whom that was told. */
  private shares(
    { groupId, period, raised }: WatchedCap,
    look: CapFigures,
    moved: readonly number[],
  ): readonly CapCondition[] {
    const { names } = this.spend;
    const group = groupId === null ? undefined : names.find(groupId);
    if (group === undefined) return [];
    for (const user of moved) this.users.meet(group, user, period);
    const hasCompany = this.users.isCompany(group);
    const toldOf = new Set(raised.flatMap(({ userId }) => (userId === null ? [] : (names.find(userId) ?? []))));
    return [...new Set([...moved, ...toldOf])]
      .map((user): [number, CapCondition] => {
        const spentMicros = this.users.spent(group, user, period);
        return [user, shareCondition(look, names.textOf(user), spentMicros, hasCompany)];
      })
      .filter(([user, { holds }]) => holds || toldOf.has(user))
      .map(([, condition]) => condition);
  }

  private shareLimit(groupId: string): number {
    return this.caps.scope(groupId).state.settings.userShareBasisPoints / 10_000;
  }
}
