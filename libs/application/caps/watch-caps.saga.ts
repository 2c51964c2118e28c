import { Injectable } from '@nestjs/common';
import { firstDayOf, type Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import { alertIdOf } from '#domain/alerts/alert-key.js';
import type { KnownAlert } from '#domain/alerts/known-alert.js';
import type { Observation } from '#domain/alerts/observation.js';
import {
  type CapCondition,
  type CapLook,
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

const capTypes: ReadonlySet<string> = new Set(['capThreshold', 'capPace', 'userShare']);

/**
 * Tells of thresholds that were reached, of a month on its way past its cap, and of one user who spends most of it; and
 * that it is over, when the cap was raised, spend was taken back or the month has ended. Only about the month of now.
 */
@Injectable()
export class WatchCaps implements Saga {
  readonly name = 'watchCaps';

  constructor(
    private readonly views: Views,
    private readonly caps: Caps,
    private readonly users: UserSpend,
    private readonly alerts: AlertsCommands,
  ) {}

  *due({ everything, groups, nowMs }: Wake): Iterable<SagaStep | undefined> {
    yield* this.stepsFor(null, [], nowMs);
    if (!everything) {
      for (const [groupId, users] of groups) yield* this.stepsFor(groupId, users, nowMs);
      return;
    }
    const users = new Map<string, string[]>();
    yield* this.users.above(this.views.calendar().periodOf(nowMs), (groupId) => this.shareLimit(groupId), users);
    for (const { groupId } of this.views.directory.groups()) {
      yield* this.stepsFor(groupId, users.get(groupId) ?? [], nowMs);
    }
  }

  private *stepsFor(groupId: string | null, users: Iterable<string>, nowMs: number): Iterable<SagaStep | undefined> {
    yield undefined;
    const period = this.views.calendar().periodOf(nowMs);
    const { position } = this.views;
    for (const observation of this.observations(groupId, period, users, nowMs)) {
      if (!this.isNews(observation, nowMs)) continue;
      const about = alertIdOf(observation);
      yield { about, run: () => this.alerts.observe({ ...observation, position }, nowMs, `system:${this.name}`) };
    }
  }

  private observations(
    groupId: string | null,
    period: Period,
    users: Iterable<string>,
    nowMs: number,
  ): readonly Omit<Observation, 'position'>[] {
    const open = this.views.alerts.openOf(groupId).filter(({ type }) => capTypes.has(type));
    const name = formatPeriod(period);
    const over = open.filter((alert) => alert.period !== name).map(monthOver);
    const look = this.lookAt(groupId, period, nowMs);
    const current = open.filter((alert) => alert.period === name);
    if (look === undefined) return [...over, ...current.map(notWatched)];
    const conditions = [
      ...thresholdConditions(look),
      paceCondition(look),
      ...this.shares(groupId, period, look, [...users, ...current.flatMap(({ userId }) => userId ?? [])]),
    ];
    const watched = conditions.map((condition) => this.asObservation(condition, groupId, name));
    const ids = new Set(watched.map(alertIdOf));
    return [...over, ...watched, ...current.filter(({ alertId }) => !ids.has(alertId)).map(notWatched)];
  }

  private shares(groupId: string | null, period: Period, look: CapLook, users: readonly string[]): CapCondition[] {
    if (groupId === null) return [];
    this.users.meet(groupId, users, period);
    const hasCompany = this.users.isCompany(groupId);
    return [...new Set(users)].map((userId) =>
      shareCondition(look, userId, this.users.spent(groupId, userId, period), hasCompany),
    );
  }

  private shareLimit(groupId: string): number {
    return this.views.caps.scope(groupId).state.settings.userShareBasisPoints / 10_000;
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
      pace: capMicros === null ? undefined : paceOf(today, spentMicros, capMicros, this.caps.daily(groupId)),
      dayOfMonth: today - firstDayOf(period) + 1,
    };
  }

  private asObservation(
    { type, userId, threshold, holds, clears, evidence, fingerprint }: CapCondition,
    groupId: string | null,
    period: string,
  ): Omit<Observation, 'position'> {
    const key = { type, groupId, userId, period, threshold };
    const because = whyGone(this.views.alerts.open(alertIdOf(key)), evidence);
    return { ...key, holds, clears, because, final: false, evidence: { ...evidence }, fingerprint };
  }

  /** Whether telling it would change anything: most of what is looked at is as it was. */
  private isNews(observation: Omit<Observation, 'position'>, nowMs: number): boolean {
    const known = this.views.alerts.state(alertIdOf(observation));
    const isOpen = known !== undefined && known.state !== 'resolved';
    if (observation.clears) return isOpen || known?.muted === true;
    if (!observation.holds) return false;
    if (isOpen) return known.fingerprint !== observation.fingerprint;
    return known?.muted !== true && nowMs >= Date.parse(known?.suppressedUntil ?? '1970-01-01T00:00:00Z');
  }
}

const gone = (alert: KnownAlert, because: string, final: boolean): Omit<Observation, 'position'> => {
  const { type, groupId, userId, period, threshold, evidence, fingerprint } = alert;
  return {
    type,
    groupId,
    userId,
    period,
    threshold,
    evidence,
    fingerprint,
    holds: false,
    clears: true,
    because,
    final,
  };
};

const monthOver = (alert: KnownAlert) => gone(alert, 'monthOver', true);

/** Nobody asks for it any more: the threshold was taken out, or the cap as a whole. */
const notWatched = (alert: KnownAlert) => gone(alert, 'noLongerWatched', false);

/** What has changed since the alert was told: its cap, or what was spent. */
const whyGone = (alert: KnownAlert | undefined, now: CapCondition['evidence']): string => {
  const [capBefore, capNow] = [alert?.evidence.capMicros, now.capMicros];
  if (capNow === null) return 'noCap';
  return typeof capBefore === 'number' && typeof capNow === 'number' && capNow > capBefore ? 'capRaised' : 'spendFell';
};
