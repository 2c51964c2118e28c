import { Injectable } from '@nestjs/common';
import { hourMs, hourOf } from '#kernel/hours.js';
import { formatDay, formatInstant } from '#kernel/instants.js';
import { alertIdOf } from '#domain/alerts/alert-key.js';
import { isNews } from '#domain/alerts/is-news.js';
import type { KnownAlert } from '#domain/alerts/known-alert.js';
import { type Runaway, runawayOf } from '#domain/caps/runaway.js';
import { windowHours } from '#domain/spend/last-hours.js';
import { AlertsCommands } from '../alerts/alerts.commands.js';
import { Views } from '../feed/views.js';
import type { Saga, SagaStep, Wake } from '../sagas/saga.js';
import { UserDays } from './user-days.js';

const type = 'userRunaway';

/**
 * Tells of a user whose last 24 hours are far above their own median day, whether or not there is a cap; and that it is
 * over, when spend was taken back or the hours have passed. Time alone ends it: full hours look at every user.
 */
@Injectable()
export class WatchRunaways implements Saga {
  readonly name = 'watchRunaways';

  constructor(
    private readonly views: Views,
    private readonly users: UserDays,
    private readonly alerts: AlertsCommands,
  ) {}

  *due({ everything, groups, nowMs }: Wake): Iterable<SagaStep | undefined> {
    if (everything) {
      yield* this.everyone(nowMs);
      return;
    }
    for (const [groupId, moved] of groups) {
      for (const { userId } of this.views.alerts.openOf(groupId).filter(isRunaway)) {
        yield this.stepFor(groupId, userId ?? '', nowMs);
      }
      for (const userId of moved) {
        yield this.stepIfNeeded(groupId, userId, nowMs);
      }
    }
  }

  private *everyone(nowMs: number): Iterable<SagaStep | undefined> {
    for (const { groupId, userId, state, muted } of this.views.alerts.list().filter(isRunaway)) {
      if (state !== 'resolved' || muted) yield this.stepFor(groupId ?? '', userId ?? '', nowMs);
    }
    for (const pair of this.users.aboveFloor(nowMs)) {
      yield pair === undefined ? undefined : this.stepIfNeeded(...pair, nowMs);
    }
  }

  private stepIfNeeded(groupId: string, userId: string, nowMs: number): SagaStep | undefined {
    return this.users.mayRunAway(groupId, userId, nowMs) ? this.stepFor(groupId, userId, nowMs) : undefined;
  }

  private stepFor(groupId: string, userId: string, nowMs: number): SagaStep | undefined {
    const { position } = this.views;
    const { holds, clears, evidence } = runawayOf(this.users.look(groupId, userId, nowMs));
    const key = { type, groupId, userId, period: null, threshold: null } as const;
    const about = alertIdOf(key);
    const known = this.views.alerts.state(about);
    // One that is open shows new evidence once a day, rather than with every record.
    const fingerprint = formatDay(this.views.calendar().dayOf(nowMs));
    if (!isNews(known, { holds, clears, fingerprint }, nowMs)) return undefined;
    const since = formatInstant((hourOf(nowMs) + 1 - windowHours) * hourMs);
    const because = whyGone(known, evidence);
    const seen = { ...key, holds, clears, because, final: false, evidence: { ...evidence, since }, fingerprint };
    return { about, run: () => this.alerts.observe({ ...seen, position }, nowMs, `system:${this.name}`) };
  }
}

const isRunaway = (alert: KnownAlert): boolean => alert.type === type;

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
