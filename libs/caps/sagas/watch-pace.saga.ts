import { Injectable } from '@nestjs/common';
import type { AlertType } from '#alerts/domain/alert-types.js';
import { type CapCondition, type CapFigures, paceCondition, shareCondition } from '../domain/cap-conditions.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { CapsView } from '../domain/caps.view.js';
import { SpendView } from '#spend/domain/spend.view.js';
import { isolateFailure } from '#event-sourcing/sagas/isolate-failure.js';
import type { Saga, SagaStep, Wake } from '#event-sourcing/sagas/saga.js';
import { CapAlerts, type WatchedCap } from './cap-alerts.js';
import { UserSpend } from '../queries/user-spend.js';

const nobody: readonly number[] = [];

/** Tells of a month on its way past its cap, and of one user who spends most of it. */
@Injectable()
export class WatchPace implements Saga {
  readonly name = 'watchPace';
  readonly looksAt = 'users';
  readonly tellsOf: ReadonlySet<AlertType> = new Set(['capPace', 'userShare']);

  constructor(
    private readonly organisation: OrganisationView,
    private readonly directory: DirectoryView,
    private readonly caps: CapsView,
    private readonly spend: SpendView,
    private readonly alerts: CapAlerts,
    private readonly users: UserSpend,
  ) {}

  *due({ everything, groups, users, nowMs }: Wake): Iterable<SagaStep | undefined> {
    yield* this.look(null, nobody, nowMs);
    if (!everything && !users.isMany) {
      for (const groupId of groups.keys()) yield* this.look(groupId, this.numbersOf(users.of(groupId)), nowMs);
      return;
    }
    const big = new Map<number, number[]>();
    const period = this.organisation.calendar().periodOf(nowMs);
    for (const pair of this.users.bigSpenders(period, (groupId) => this.shareLimit(groupId))) {
      yield undefined;
      if (pair !== undefined) big.set(pair[0], [...(big.get(pair[0]) ?? []), pair[1]]);
    }
    for (const groupId of everything ? this.everyGroup() : groups.keys()) {
      yield* this.look(groupId, big.get(this.spend.names.find(groupId) ?? -1) ?? nobody, nowMs);
    }
  }

  private everyGroup(): readonly string[] {
    return this.directory.groups().map(({ groupId }) => groupId);
  }

  private numbersOf(userIds: Iterable<string>): readonly number[] {
    return [...userIds].flatMap((userId) => this.spend.names.find(userId) ?? []);
  }

  private look(groupId: string | null, moved: readonly number[], nowMs: number): Iterable<SagaStep | undefined> {
    return isolateFailure(groupId ?? 'the organisation', () => this.stepsFor(groupId, moved, nowMs));
  }

  private *stepsFor(groupId: string | null, moved: readonly number[], nowMs: number): Iterable<SagaStep | undefined> {
    yield undefined;
    const watched = this.alerts.lookAt(groupId, this, nowMs);
    const { figures } = watched;
    const conditions = figures === undefined ? [] : [paceCondition(figures), ...this.shares(watched, figures, moved)];
    yield* this.alerts.steps(this, watched, conditions, nowMs);
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
    const toldOf = new Set(this.numbersOf(raised.flatMap(({ userId }) => userId ?? [])));
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
