import { z } from 'zod';
import { unreachable } from '#kernel/decider.js';
import { alertTypeNames, routings, severities } from './alert-types.js';
import { alertEvent, type AlertEvent } from './alerts.events.js';

const [raised] = alertEvent.options;

/** An alert as it is shown: its latest episode. */
export const knownAlert = z.strictObject({
  alertId: z.string(),
  type: z.enum(alertTypeNames),
  groupId: z.string().nullable(),
  userId: z.string().nullable(),
  period: z.string().nullable(),
  threshold: z.number().nullable(),
  episode: z.int(),
  severity: z.enum(severities),
  routing: z.enum(routings),
  state: z.enum(['raised', 'acknowledged', 'resolved']),
  raisedAt: z.string(),
  acknowledgedAt: z.string().nullable(),
  resolvedAt: z.string().nullable(),
  resolvedBecause: z.string().nullable(),
  muted: z.boolean(),
  suppressedUntil: z.string().nullable(),
  evidence: raised.shape.data.shape.evidence,
  fingerprint: z.string(),
  /** The log position the evidence was seen at. */
  observedPosition: z.int(),
  /** Log positions of the events that raised it, that resolved it and that changed it last. */
  raisedPosition: z.int(),
  resolvedPosition: z.int().nullable(),
  position: z.int(),
});
export type KnownAlert = Readonly<z.infer<typeof knownAlert>>;

/** Where an event stands in the log, and the instant it was decided at. */
export interface EventPlace {
  readonly position: number;
  readonly at: string;
}

/**
 * The alert after the event. Undefined without a beginning: what is said about an alert that is not known any more
 * makes none.
 */
export const afterEvent = (
  alert: KnownAlert | undefined,
  { type, data }: AlertEvent,
  { position, at }: EventPlace,
): KnownAlert | undefined => {
  if (type === 'AlertRaised') {
    const { position: observedPosition, ...said } = data;
    const suppressedUntil = alert?.suppressedUntil ?? null;
    return { ...said, ...fresh, suppressedUntil, raisedAt: at, observedPosition, raisedPosition: position, position };
  }
  if (alert === undefined) return undefined;
  switch (type) {
    case 'AlertUpdated': {
      const { evidence, fingerprint } = data;
      return { ...alert, evidence, fingerprint, observedPosition: data.position, position };
    }
    case 'AlertAcknowledged':
      return { ...alert, state: 'acknowledged', acknowledgedAt: at, position };
    case 'AlertResolved': {
      const { because, muted } = data;
      const resolved = {
        state: 'resolved',
        resolvedAt: at,
        resolvedBecause: because,
        resolvedPosition: position,
      } as const;
      return { ...alert, ...resolved, muted, position };
    }
    case 'AlertUnmuted':
      return { ...alert, muted: false, position };
    case 'AlertFeedbackGiven':
      return { ...alert, suppressedUntil: data.suppressedUntil ?? alert.suppressedUntil, position };
    default:
      return unreachable(type);
  }
};

const fresh = {
  state: 'raised',
  acknowledgedAt: null,
  resolvedAt: null,
  resolvedBecause: null,
  resolvedPosition: null,
  muted: false,
} as const;
