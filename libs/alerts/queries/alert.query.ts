import { Injectable } from '@nestjs/common';
import { type Reach, reaches } from '#kernel/reach.js';
import { alertStreamOf } from '../domain/alert-key.js';
import { isAlertEvent } from '../domain/alerts.events.js';
import type { Feedback } from '../domain/alerts.events.js';
import type { KnownAlert } from '../domain/known-alert.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { streamEvents } from '#event-sourcing/stream-events.js';
import { TimeSlice } from '#event-sourcing/turns.js';
import { AlertsView } from '../domain/alerts.view.js';
import { alertKinds } from './alert-kinds.js';
import type { AlertKind } from './alert-kinds.js';

/** The longest history that is shown; what is older stays in the log. */
const maxHistory = 1_000;

/** Which alerts are asked for. */
export interface AlertFilter {
  readonly state?: KnownAlert['state'] | undefined;
  readonly type?: KnownAlert['type'] | undefined;
  readonly group?: string | undefined;
  /** The only groups the caller may see; undefined: everything, the organisation's alerts too. */
  readonly groups?: Reach;
}

/** One thing that happened to an alert. */
export interface AlertHistoryEntry {
  readonly kind: AlertKind;
  /** Null where it belongs to no episode. */
  readonly episode: number | null;
  readonly at: string;
  readonly actor: string;
  readonly reason: string;
  readonly position: string;
  readonly because?: string;
  readonly feedback?: Feedback;
  readonly note?: string | null;
  readonly evidence?: KnownAlert['evidence'];
}

/** Answers questions about alerts. */
@Injectable()
export class AlertsQueries {
  constructor(
    private readonly alerts: AlertsView,
    private readonly log: EventLog,
  ) {}

  /** Those raised last come first. */
  async list({ state, type, group, groups }: AlertFilter): Promise<readonly KnownAlert[]> {
    const { alerts } = this;
    const work = TimeSlice.ofReading();
    const found: KnownAlert[] = [];
    for (const alert of group === undefined ? alerts.list() : alerts.listOf(group)) {
      const isAsked =
        (state === undefined || alert.state === state) &&
        (type === undefined || alert.type === type) &&
        reaches(groups, alert.groupId);
      if (isAsked) found.push(alert);
      await work.pause();
    }
    return found;
  }

  /** The alert, if there is one that the caller may see. */
  find(alertId: string, groups: Reach): KnownAlert | undefined {
    const alert = this.alerts.state(alertId);
    return alert !== undefined && reaches(groups, alert.groupId) ? alert : undefined;
  }

  /** What happened to the alert in all its episodes, in order: the last thousand things. */
  async history(alertId: string): Promise<readonly AlertHistoryEntry[]> {
    const last = this.alerts.state(alertId)?.entry.revision ?? -1;
    const from = Math.max(0, last + 1 - maxHistory);
    const entries: AlertHistoryEntry[] = [];
    for await (const event of streamEvents(this.log, alertStreamOf(alertId), from, TimeSlice.ofReading())) {
      if (event.revision > last) break;
      entries.push(...entriesOf(event));
    }
    return entries;
  }
}

const entriesOf = (event: StoredEvent): readonly AlertHistoryEntry[] => {
  if (!isAlertEvent(event)) return [];
  const { meta, position, data } = event;
  const { now: at, actor, reason } = meta;
  return [
    {
      kind: alertKinds[event.type],
      episode: 'episode' in data ? data.episode : null,
      at,
      actor,
      reason,
      position: String(position),
      ...('because' in data && { because: data.because }),
      ...('feedback' in data && { feedback: data.feedback, note: data.note }),
      ...('evidence' in data && { evidence: data.evidence }),
    },
  ];
};
