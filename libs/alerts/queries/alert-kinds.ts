import type { AlertEvent } from '../domain/alerts.events.js';

/** How events about alerts are called outside: in histories and in the stream. */
export const alertKinds = {
  AlertRaised: 'raised',
  AlertUpdated: 'updated',
  AlertAcknowledged: 'acknowledged',
  AlertResolved: 'resolved',
  AlertUnmuted: 'unmuted',
  AlertFeedbackGiven: 'feedback',
} as const satisfies Record<AlertEvent['type'], string>;

export type AlertKind = (typeof alertKinds)[AlertEvent['type']];
