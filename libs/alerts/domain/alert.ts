import { millisecondsInDay } from 'date-fns/constants';
import { z } from 'zod';
import type { CommandOf, Decider } from '#kernel/decider.js';
import { unreachable } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { AlertsCode } from './alerts.codes.js';
import { alertKey } from './alert-key.js';
import type { AlertEvent, Feedback } from './alerts.events.js';
import { cleared, held, type Observation } from './observation.js';

/** Which alert is meant. */
export interface NamedAlert {
  readonly alertId: string;
}

/** What somebody saw who looked whether the condition of an alert holds. */
export type ObservedAlert = Observation & NamedAlert;

/** What it was worth to a person. */
export interface AlertFeedback extends NamedAlert {
  readonly feedback: Feedback;
  readonly note: string | null;
}

type AlertObserved = CommandOf<'ObserveAlert', ObservedAlert>;
type AlertSeen = CommandOf<'AcknowledgeAlert', NamedAlert>;
/** `position`: how much of the log was known. What was observed before that no longer matters. */
type AlertOver = CommandOf<'ResolveAlert', NamedAlert & { readonly position: number }>;
type AlertValued = CommandOf<'GiveFeedback', AlertFeedback>;

export type AlertCommand = AlertObserved | AlertSeen | AlertOver | AlertValued;

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

const observe = ({ data, meta }: AlertObserved, alert: Alert): readonly AlertEvent[] => {
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
