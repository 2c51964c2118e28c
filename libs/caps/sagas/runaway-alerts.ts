import { Injectable } from '@nestjs/common';
import { millisecondsInHour } from 'date-fns/constants';
import { hourOf } from '#kernel/hours.js';
import { formatDay, formatInstant } from '#kernel/instants.js';
import { maxMicros } from '#kernel/money.js';
import { ObserveAlert } from '#alerts/commands/alerts.commands.js';
import { alertIdOf } from '#alerts/domain/alert-key.js';
import { AlertsView } from '#alerts/domain/alerts.view.js';
import { isNews } from '#alerts/domain/is-news.js';
import type { KnownAlert } from '#alerts/domain/known-alert.js';
import { Fold } from '#event-sourcing/fold.js';
import type { Due } from '#event-sourcing/sagas/evaluation.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { LargeRecordsView } from '#spend/domain/large-records.view.js';
import { windowHours } from '#spend/domain/last-hours.js';
import { SpendView } from '#spend/domain/spend.view.js';
import { type Runaway, runawayOf } from '../domain/runaway.js';
import { suspicionAbout } from '../queries/largest-record.js';
import { UserDays } from '../queries/user-days.js';

export const runaway = 'userRunaway';

/** Compares what a user has spent in the last 24 hours with what was told of it. */
@Injectable()
export class RunawayAlerts {
  constructor(
    private readonly organisation: OrganisationView,
    private readonly alertsView: AlertsView,
    private readonly largeRecords: LargeRecordsView,
    private readonly spend: SpendView,
    private readonly fold: Fold,
    private readonly users: UserDays,
  ) {}

  /**
   * The command that tells of it, if there is news.
   *
   * @param group number of the group in the names of the spend view; the same of the user
   */
  due(saga: string, group: number, user: number, nowMs: number): Due | undefined {
    const { spend } = this;
    const { position } = this.fold;
    const look = this.users.figures(group, user, nowMs);
    const { holds, clears, evidence } = runawayOf(look);
    const [groupId, userId] = [spend.names.textOf(group), spend.names.textOf(user)];
    const key = { type: runaway, groupId, userId, period: null, threshold: null } as const;
    const subject = alertIdOf(key);
    const known = this.alertsView.state(subject);
    // One that is open shows new evidence once a day, rather than with every record.
    const sinceMs = (hourOf(nowMs) + 1 - windowHours) * millisecondsInHour;
    const suspicion =
      look.last24HoursMicros > maxMicros
        ? suspicionAbout(this.largeRecords, { groupId, userId, fromMs: sinceMs, toMs: Infinity })
        : { evidence: {}, fingerprint: '' };
    const fingerprint = formatDay(this.organisation.calendar().dayOf(nowMs)) + suspicion.fingerprint;
    if (!isNews(known, { holds, clears, fingerprint }, nowMs)) return undefined;
    const because = whyGone(known, evidence);
    const shown = { ...evidence, since: formatInstant(sinceMs), ...suspicion.evidence };
    const seen = { ...key, holds, clears, because, final: false, evidence: shown, fingerprint };
    return { subject, command: new ObserveAlert({ ...seen, position }, nowMs, `system:${saga}`) };
  }
}

/** What has changed since the alert was told: what was spent, or what is usual. */
const whyGone = (
  alert: KnownAlert | undefined,
  { last24HoursMicros, medianDayMicros }: Runaway['evidence'],
): string => {
  if (medianDayMicros === null) return 'insufficientHistory';
  const before = alert?.evidence.last24HoursMicros;
  const hasFallen = typeof before !== 'number' || typeof last24HoursMicros !== 'number' || last24HoursMicros < before;
  return hasFallen ? 'spendFell' : 'usualRose';
};
