import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { millisecondsInHour } from 'date-fns/constants';
import { hourOf } from '#kernel/hours.js';
import { formatDay, formatInstant } from '#kernel/instants.js';
import { maxMicros } from '#kernel/money.js';
import { alertIdOf } from '#alerts/domain/alert-key.js';
import { isNews } from '#alerts/domain/is-news.js';
import type { KnownAlert } from '#alerts/domain/known-alert.js';
import { type Runaway, runawayOf } from '../domain/runaway.js';
import { windowHours } from '#spend/domain/last-hours.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { AlertsView } from '#alerts/domain/alerts.view.js';
import { LargeRecordsView } from '#spend/domain/large-records.view.js';
import { SpendView } from '#spend/domain/spend.view.js';
import { Fold } from '#event-sourcing/fold.js';
import { ObserveAlert } from '#alerts/commands/alerts.commands.js';
import { isolateFailure } from '#event-sourcing/sagas/isolate-failure.js';
import type { Saga, SagaStep, Wake } from '#event-sourcing/sagas/saga.js';
import { suspicionAbout } from '../queries/largest-record.js';
import { UserDays } from '../queries/user-days.js';

const runaway = 'userRunaway';

/**
 * Tells of a user whose last 24 hours are far above their own median day, whether or not there is a cap; and that it is
 * over, when spend was taken back or the hours have passed. Time alone ends it: full hours look at every user.
 */
@Injectable()
export class WatchRunaways implements Saga {
  readonly name = 'watchRunaways';
  readonly looksAt = 'users';

  constructor(
    private readonly organisation: OrganisationView,
    private readonly alertsView: AlertsView,
    private readonly largeRecords: LargeRecordsView,
    private readonly spend: SpendView,
    private readonly fold: Fold,
    private readonly users: UserDays,
    private readonly bus: CommandBus,
  ) {}

  *due({ everything, groups, users, nowMs }: Wake): Iterable<SagaStep | undefined> {
    for (const pair of this.pairsOf(everything ? this.alertsView.list() : this.openOf(groups.keys()))) {
      yield* this.look(...pair, nowMs);
    }
    const isWide = everything || users.isMany;
    for (const pair of isWide ? this.users.bigSpenders(nowMs) : this.moved(groups.keys(), users)) {
      if (pair !== undefined && this.users.mayRunAway(...pair, nowMs)) yield* this.look(...pair, nowMs);
      else yield undefined;
    }
  }

  private look(group: number, user: number, nowMs: number): Iterable<SagaStep | undefined> {
    const { names } = this.spend;
    const about = `${names.textOf(user)} in ${names.textOf(group)}`;
    return isolateFailure(about, () => [this.stepFor(group, user, nowMs)]);
  }

  private *moved(groupIds: Iterable<string>, users: Wake['users']): Iterable<readonly [group: number, user: number]> {
    for (const groupId of groupIds) for (const userId of users.of(groupId)) yield* this.numbersOf(groupId, userId);
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

  private stepFor(group: number, user: number, nowMs: number): SagaStep | undefined {
    const { spend } = this;
    const { position } = this.fold;
    const look = this.users.figures(group, user, nowMs);
    const { holds, clears, evidence } = runawayOf(look);
    const [groupId, userId] = [spend.names.textOf(group), spend.names.textOf(user)];
    const key = { type: runaway, groupId, userId, period: null, threshold: null } as const;
    const about = alertIdOf(key);
    const known = this.alertsView.state(about);
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
    const observation = { ...seen, position };
    return { about, run: () => this.bus.execute(new ObserveAlert(observation, nowMs, `system:${this.name}`)) };
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
