import { Injectable } from '@nestjs/common';
import { firstDayOf, type Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import { alertIdOf } from '#alerts/domain/alert-key.js';
import type { AlertType } from '#alerts/domain/alert-types.js';
import { isNews } from '#alerts/domain/is-news.js';
import type { KnownAlert } from '#alerts/domain/known-alert.js';
import type { Observation } from '#alerts/domain/observation.js';
import type { CapCondition, CapFigures, CapEvidence } from '../domain/cap-conditions.js';
import { paceOf } from '../domain/pace.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { AlertsView } from '#alerts/domain/alerts.view.js';
import { LargeRecordsView } from '#spend/domain/large-records.view.js';
import { Fold } from '#event-sourcing/fold.js';
import { ObserveAlert } from '#alerts/commands/alerts.commands.js';
import type { Due } from '#event-sourcing/sagas/evaluation.js';
import { Caps } from '../queries/caps.js';
import { suspicionIn } from '../queries/largest-record.js';

/** A saga, and what it tells of. */
interface Watcher {
  readonly saga: string;
  readonly tellsOf: ReadonlySet<AlertType>;
}

/** The cap of a scope in one month, as it is and as it was told of. */
export interface WatchedCap {
  /** Null: the organisation. */
  readonly groupId: string | null;
  readonly period: Period;
  /** Nothing if there is no pooled cap. */
  readonly figures: CapFigures | undefined;
  /** Open or muted, of any month. */
  readonly raised: readonly KnownAlert[];
}

/**
 * Compares a cap of the month of now with what was told of it: what is to be told is what holds, and that it is over when
 * the cap was raised, spend was taken back or the month has ended.
 */
@Injectable()
export class CapAlerts {
  constructor(
    private readonly organisation: OrganisationView,
    private readonly alertsView: AlertsView,
    private readonly largeRecords: LargeRecordsView,
    private readonly fold: Fold,
    private readonly caps: Caps,
  ) {}

  lookAt(groupId: string | null, { tellsOf }: Watcher, nowMs: number): WatchedCap {
    const period = this.organisation.calendar().periodOf(nowMs);
    const raised = this.alertsView.ofConcern(groupId).filter(({ type }) => tellsOf.has(type));
    return { groupId, period, figures: this.figures(groupId, period, nowMs), raised };
  }

  /** One command for each alert of which there is news. What is no condition any more is not watched any longer. */
  due({ saga }: Watcher, watched: WatchedCap, conditions: readonly CapCondition[], nowMs: number): readonly Due[] {
    const { position } = this.fold;
    const told = typeof watched.figures?.spentMicros === 'bigint' ? this.suspecting(watched, conditions) : conditions;
    return this.observations(watched, told, nowMs).map((seen) => {
      const observation = { ...seen, position };
      return { subject: alertIdOf(seen), command: new ObserveAlert(observation, nowMs, `system:${saga}`) };
    });
  }

  private suspecting({ groupId, period }: WatchedCap, conditions: readonly CapCondition[]): readonly CapCondition[] {
    const calendar = this.organisation.calendar();
    const about = (userId: string | null) => suspicionIn(this.largeRecords, calendar, { groupId, userId, period });
    const ofAll = about(null);
    return conditions.map((condition) => {
      const { userId } = condition;
      const { evidence, fingerprint } = userId === null ? ofAll : about(userId);
      return {
        ...condition,
        evidence: () => ({ ...condition.evidence(), ...evidence }),
        fingerprint: condition.fingerprint + fingerprint,
      };
    });
  }

  private figures(groupId: string | null, period: Period, nowMs: number): CapFigures | undefined {
    const cap = this.caps.inForce(groupId, period, nowMs);
    if (cap === undefined) return undefined;
    const { settings, capMicros, topUpsMicros, spentMicros, derived } = cap;
    const today = this.organisation.calendar().dayOf(nowMs);
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

  private observations(
    { groupId, period, raised }: WatchedCap,
    conditions: readonly CapCondition[],
    nowMs: number,
  ): readonly Seen[] {
    const name = formatPeriod(period);
    const open = raised.filter(({ state }) => state !== 'resolved');
    const over = open.filter((alert) => alert.period !== name).map(monthOver);
    // Most groups have nothing to tell of, and nothing that was told.
    const worth = raised.length === 0 ? conditions.filter(({ holds }) => holds) : conditions;
    const seen = new Map(worth.map((condition) => [alertIdOf(keyOf(condition, groupId, name)), condition]));
    return [
      ...over,
      ...[...seen].flatMap(([alertId, condition]) => this.asNews(alertId, condition, groupId, name, nowMs)),
      ...open.filter((alert) => alert.period === name && !seen.has(alert.alertId)).map(notWatched),
    ];
  }

  private asNews(
    alertId: string,
    condition: CapCondition,
    groupId: string | null,
    period: string,
    nowMs: number,
  ): readonly Seen[] {
    const known = this.alertsView.state(alertId);
    if (!isNews(known, condition, nowMs)) return [];
    const evidence = condition.evidence();
    const because = condition.clears ? whyGone(known, evidence) : '';
    return [{ ...condition, groupId, period, because, final: false, evidence }];
  }
}

type Seen = Omit<Observation, 'position'>;

const keyOf = ({ type, userId, threshold }: CapCondition, groupId: string | null, period: string) => ({
  type,
  groupId,
  userId,
  period,
  threshold,
});

const gone = (alert: KnownAlert, because: string, final: boolean): Seen => {
  const { type, groupId, userId, period, threshold, evidence, fingerprint } = alert;
  const key = { type, groupId, userId, period, threshold };
  return { ...key, evidence, fingerprint, holds: false, clears: true, because, final };
};

const monthOver = (alert: KnownAlert): Seen => gone(alert, 'monthOver', true);

/** Nobody asks for it any more: the threshold was taken out, or the cap as a whole. */
const notWatched = (alert: KnownAlert): Seen => gone(alert, 'noLongerWatched', false);

/** What has changed since the alert was told: its cap, or what was spent. */
const whyGone = (alert: KnownAlert | undefined, now: CapEvidence): string => {
  const [capBefore, capNow] = [alert?.evidence.capMicros, now.capMicros];
  if (capNow === null) return 'noCap';
  return typeof capBefore === 'number' && typeof capNow === 'number' && capNow > capBefore ? 'capRaised' : 'spendFell';
};
