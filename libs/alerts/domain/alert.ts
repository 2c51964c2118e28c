import { millisecondsInDay } from 'date-fns/constants';
import { z } from 'zod';
import type { Command, Decider } from '#kernel/decider.js';
import { unreachable } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { AlertsCode } from './alerts.codes.js';
import { alertKey } from './alert-key.js';
import type { AlertEvent, Feedback } from './alerts.events.js';
import { cleared, held, type Observation } from './observation.js';

/** Somebody looked whether the condition of an alert holds. */
export interface ObserveAlert extends Command {
  readonly type: 'ObserveAlert';
  readonly data: Observation & { readonly alertId: string };
}

/** A person has seen it. */
export interface AcknowledgeAlert extends Command {
  readonly type: 'AcknowledgeAlert';
  readonly data: { readonly alertId: string };
}

/** A person says that it is over. It is muted until the condition has been false once. */
export interface ResolveAlert extends Command {
  readonly type: 'ResolveAlert';
  /** `position`: how much of the log was known. What was observed before that no longer matters. */
  readonly data: { readonly alertId: string; readonly position: number };
}

/** A person says what it was worth. */
export interface GiveFeedback extends Command {
  readonly type: 'GiveFeedback';
  readonly data: { readonly alertId: string; readonly feedback: Feedback; readonly note: string | null };
}

export type AlertCommand = ObserveAlert | AcknowledgeAlert | ResolveAlert | GiveFeedback;

/** An alert that was raised once at least, with all its episodes. */
export const raisedAlert = z.strictObject({
  key: alertKey,
  /** The latest episode, from 1. */
  episode: z.int(),
  state: z.enum(['raised', 'acknowledged', 'resolved']),
  /** A person has resolved it, and its condition has not been false since. */
  isMuted: z.boolean(),
  /** Its month is over: nothing raises it again. */
  isFinal: z.boolean(),
  /** Milliseconds since 1970; 0 if nobody has suppressed it. */
  suppressedUntilMs: z.int(),
  /** The latest log position that was acted on: what was observed there or before changes nothing. */
  position: z.int(),
  fingerprint: z.string(),
});
export type RaisedAlert = Readonly<z.infer<typeof raisedAlert>>;

/** One alert, which nobody may have raised yet. */
export type Alert =
  RaisedAlert | (Omit<RaisedAlert, 'key' | 'state'> & { readonly key: undefined; readonly state: 'never' });

/** How long `expected` keeps the same alert from being raised (docs/domain.md, Alerts). */
export const suppressedMs = 7 * millisecondsInDay;

const initial: Alert = {
  key: undefined,
  episode: 0,
  state: 'never',
  isMuted: false,
  isFinal: false,
  suppressedUntilMs: 0,
  position: -1,
  fingerprint: '',
};

const evolve = (alert: Alert, { type, data }: AlertEvent): Alert => {
  if (type === 'AlertRaised') {
    const { episode, position, fingerprint, groupId, userId, period, threshold } = data;
    const key = { type: data.type, groupId, userId, period, threshold };
    return { ...alert, key, episode, position, fingerprint, state: 'raised', isMuted: false };
  }
  // What is said about an alert without a beginning makes none.
  if (alert.key === undefined) return alert;
  switch (type) {
    case 'AlertUpdated':
      return { ...alert, position: data.position, fingerprint: data.fingerprint };
    case 'AlertAcknowledged':
      return { ...alert, state: 'acknowledged' };
    case 'AlertResolved': {
      const position = Math.max(alert.position, data.position);
      return { ...alert, state: 'resolved', isMuted: data.muted, isFinal: data.final, position };
    }
    case 'AlertUnmuted':
      return { ...alert, isMuted: false, position: data.position };
    case 'AlertFeedbackGiven': {
      const { suppressedUntil } = data;
      return suppressedUntil === null ? alert : { ...alert, suppressedUntilMs: Date.parse(suppressedUntil) };
    }
    default:
      return unreachable(type);
  }
};

const decide = (command: AlertCommand, alert: Alert): readonly AlertEvent[] | Refusal<AlertsCode> => {
  if (command.type === 'ObserveAlert') return observe(command, alert);
  if (alert.key === undefined) return refuse('unknownAlert', 'There is no alert with this id.');
  const about = { alertId: command.data.alertId, groupId: alert.key.groupId };
  const { episode } = alert;
  switch (command.type) {
    case 'AcknowledgeAlert':
      if (alert.state === 'acknowledged') return [];
      return alert.state === 'raised' ? [{ type: 'AlertAcknowledged', data: { ...about, episode } }] : notOpen;
    case 'ResolveAlert': {
      if (alert.state === 'resolved') return notOpen;
      const { position } = command.data;
      const how = { because: 'person', muted: true, final: false, position };
      return [{ type: 'AlertResolved', data: { ...about, episode, ...how } }];
    }
    case 'GiveFeedback': {
      const { feedback, note } = command.data;
      const suppressedUntil = feedback === 'expected' ? formatInstant(command.meta.nowMs + suppressedMs) : null;
      return [{ type: 'AlertFeedbackGiven', data: { ...about, episode, feedback, note, suppressedUntil } }];
    }
    default:
      return unreachable(command);
  }
};

const notOpen = refuse('alertNotOpen', 'The alert is resolved; only one that is open can be acknowledged or resolved.');

const observe = ({ data, meta }: ObserveAlert, alert: Alert): readonly AlertEvent[] => {
  const { alertId, holds, clears } = data;
  if (holds && clears) throw new Error(`${alertId}: a condition cannot hold and be gone at once`);
  if (alert.isFinal || data.position <= alert.position) return [];
  const standing = {
    alertId,
    episode: alert.episode,
    isOpen: alert.state === 'raised' || alert.state === 'acknowledged',
    isMuted: alert.isMuted,
    isSuppressed: meta.nowMs < alert.suppressedUntilMs,
    fingerprint: alert.fingerprint,
  };
  if (holds) return held(data, standing);
  return clears ? cleared(data, standing) : [];
};

/** Decides on `alert-<alertId>`. Refuses with `unknownAlert` and `alertNotOpen`; an observation is never refused. */
export const alertDecider: Decider<AlertCommand, Alert, AlertEvent, AlertsCode> = { initial, evolve, decide };
