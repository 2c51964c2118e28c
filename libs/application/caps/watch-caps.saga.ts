import { Injectable } from '@nestjs/common';
import { firstDayOf, type Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import { alertIdOf } from '#domain/alerts/alert-key.js';
import { isNews } from '#domain/alerts/is-news.js';
import type { KnownAlert } from '#domain/alerts/known-alert.js';
import type { Observation } from '#domain/alerts/observation.js';
import {
  type CapCondition,
  type CapLook,
  type Evidence,
  paceCondition,
  shareCondition,
  thresholdConditions,
} from '#domain/caps/cap-conditions.js';
import { paceOf } from '#domain/caps/pace.js';
import { AlertsCommands } from '../alerts/alerts.commands.js';
import { Views } from '../feed/views.js';
import type { Saga, SagaStep, Wake } from '../sagas/saga.js';
import { Caps } from './caps.js';
import { UserSpend } from './user-spend.js';

/** What is to be told of an alert, and its id. */
type News = readonly [alertId: string, observation: Omit<Observation, 'position'>];

/**
 * Watches the caps of the month of now: tells what holds, and that it is over when the cap was raised, spend was taken
 * back or the month has ended.
 */
@Injectable()
abstract class CapWatch implements Saga {
  abstract readonly name: string;
  protected abstract readonly types: ReadonlySet<string>;

  constructor(
    protected readonly views: Views,
    private readonly caps: Caps,
    protected readonly users: UserSpend,
    private readonly alerts: AlertsCommands,
  ) {}

  *due({ everything, groups, nowMs }: Wake): Iterable<SagaStep | undefined> {
    yield* this.stepsFor(null, [], nowMs);
    if (!everything) {
      for (const [groupId, users] of groups) yield* this.stepsFor(groupId, users, nowMs);
      return;
    }
    const users = new Map<string, string[]>();
    yield* this.everybody(this.views.calendar().periodOf(nowMs), users);
    for (const { groupId } of this.views.directory.groups()) {
      yield* this.stepsFor(groupId, users.get(groupId) ?? [], nowMs);
    }
  }

  /** Adds users to look at when everything is looked at. Yields where others may run. */
  protected abstract everybody(period: Period, users: Map<string, string[]>): Iterable<undefined>;

  /** @param told users of whom something was told that has not ended, or is muted */
  protected abstract conditions(
    groupId: string | null,
    period: Period,
    look: CapLook,
    moved: Iterable<string>,
    told: ReadonlySet<string>,
  ): readonly CapCondition[];

  private *stepsFor(groupId: string | null, users: Iterable<string>, nowMs: number): Iterable<SagaStep | undefined> {
    yield undefined;
    const period = this.views.calendar().periodOf(nowMs);
    const { position } = this.views;
    for (const [alertId, observation] of this.news(groupId, period, users, nowMs)) {
      const observed = { ...observation, position };
      yield { about: alertId, run: () => this.alerts.observe(observed, nowMs, `system:${this.name}`) };
    }
  }

  /** What is to be told: of all that is looked at, most is as it was. */
  private news(groupId: string | null, period: Period, users: Iterable<string>, nowMs: number): readonly News[] {
    const told = this.views.alerts.ofConcern(groupId).filter(({ type }) => this.types.has(type));
    const open = told.filter(({ state }) => state !== 'resolved');
    const name = formatPeriod(period);
    const over = open.filter((alert) => alert.period !== name).map(monthOver);
    const look = this.lookAt(groupId, period, nowMs);
    const current = open.filter((alert) => alert.period === name);
    if (look === undefined) return [...over, ...current.map(notWatched)];
    const toldUsers = new Set(told.flatMap(({ userId }) => userId ?? []));
    const conditions = this.conditions(groupId, period, look, users, toldUsers);
    // Most groups have nothing to tell of, and nothing that was told.
    const worth = told.length === 0 ? conditions.filter(({ holds }) => holds) : conditions;
    const watched = new Map(worth.map((condition) => [idOf(condition, groupId, name), condition]));
    return [
      ...over,
      ...[...watched].flatMap(([alertId, condition]) => this.asNews(alertId, condition, groupId, name, nowMs)),
      ...current.filter(({ alertId }) => !watched.has(alertId)).map(notWatched),
    ];
  }

  private lookAt(groupId: string | null, period: Period, nowMs: number): CapLook | undefined {
    const cap = this.caps.inForce(groupId, period, nowMs);
    if (cap === undefined) return undefined;
    const { settings, capMicros, topUpsMicros, spentMicros, derived } = cap;
    const today = this.views.calendar().dayOf(nowMs);
    return {
      settings,
      capMicros,
      topUpsMicros,
      spentMicros,
      basis: derived.basis,
      pace: () => (capMicros === null ? undefined : paceOf(today, spentMicros, capMicros, this.caps.daily(groupId))),
      dayOfMonth: today - firstDayOf(period) + 1,
    };
  }

  private asNews(
    alertId: string,
    condition: CapCondition,
    groupId: string | null,
    period: string,
    nowMs: number,
  ): readonly News[] {
    const known = this.views.alerts.state(alertId);
    if (!isNews(known, condition, nowMs)) return [];
    const evidence = condition.evidence();
    const because = condition.clears ? whyGone(known, evidence) : '';
    return [[alertId, { ...condition, groupId, period, because, final: false, evidence }]];
  }
}

/** Tells of thresholds that were reached. People wait for it, so it looks at nothing else. */
@Injectable()
export class WatchCaps extends CapWatch {
  readonly name = 'watchCaps';
  protected readonly types = new Set(['capThreshold']);

  protected *everybody(): Iterable<undefined> {
    // Thresholds are about groups.
  }

  protected conditions(_groupId: string | null, _period: Period, look: CapLook): readonly CapCondition[] {
    return thresholdConditions(look);
  }
}

/** Tells of a month on its way past its cap, and of one user who spends most of it. */
@Injectable()
export class WatchPace extends CapWatch {
  readonly name = 'watchPace';
  protected readonly types = new Set(['capPace', 'userShare']);

  protected everybody(period: Period, users: Map<string, string[]>): Iterable<undefined> {
    return this.users.above(period, (groupId) => this.shareLimit(groupId), users);
  }

  protected conditions(
    groupId: string | null,
    period: Period,
    look: CapLook,
    moved: Iterable<string>,
    told: ReadonlySet<string>,
  ): readonly CapCondition[] {
    return [paceCondition(look), ...this.shares(groupId, period, look, moved, told)];
  }

  /** Of the users who have moved those with too large a share, and everybody of whom that was told. */
  private shares(
    groupId: string | null,
    period: Period,
    look: CapLook,
    moved: Iterable<string>,
    told: ReadonlySet<string>,
  ): readonly CapCondition[] {
    if (groupId === null) return [];
    this.users.meet(groupId, moved, period);
    const hasCompany = this.users.isCompany(groupId);
    const asked = hasCompany && look.capMicros !== null ? new Set([...moved, ...told]) : told;
    const conditions: CapCondition[] = [];
    for (const [userId, spentMicros] of this.users.ofUsers(groupId, asked, period)) {
      const condition = shareCondition(look, userId, spentMicros, hasCompany);
      if (condition.holds || told.has(userId)) conditions.push(condition);
    }
    return conditions;
  }

  private shareLimit(groupId: string): number {
    return this.views.caps.scope(groupId).state.settings.userShareBasisPoints / 10_000;
  }
}

const idOf = ({ type, userId, threshold }: CapCondition, groupId: string | null, period: string): string =>
  alertIdOf({ type, groupId, userId, period, threshold });

const gone = (alert: KnownAlert, because: string, final: boolean): News => {
  const { alertId, type, groupId, userId, period, threshold, evidence, fingerprint } = alert;
  const key = { type, groupId, userId, period, threshold };
  return [alertId, { ...key, evidence, fingerprint, holds: false, clears: true, because, final }];
};

const monthOver = (alert: KnownAlert): News => gone(alert, 'monthOver', true);

/** Nobody asks for it any more: the threshold was taken out, or the cap as a whole. */
const notWatched = (alert: KnownAlert): News => gone(alert, 'noLongerWatched', false);

/** What has changed since the alert was told: its cap, or what was spent. */
const whyGone = (alert: KnownAlert | undefined, now: Evidence): string => {
  const [capBefore, capNow] = [alert?.evidence.capMicros, now.capMicros];
  if (capNow === null) return 'noCap';
  return typeof capBefore === 'number' && typeof capNow === 'number' && capNow > capBefore ? 'capRaised' : 'spendFell';
};
