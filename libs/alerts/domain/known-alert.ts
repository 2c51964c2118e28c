import { z } from 'zod';
import { formatInstant } from '#kernel/instants.js';
import { alertDecider, raisedAlert } from './alert.js';
import { alertEvent, type AlertEvent } from './alerts.events.js';

const [raised] = alertEvent.options;

/** What is shown of the latest episode beside what is decided on. */
const alertDisplay = z.strictObject({
  severity: raised.shape.data.shape.severity,
  routing: raised.shape.data.shape.routing,
  raisedAt: z.string(),
  acknowledgedAt: z.string().nullable(),
  resolvedAt: z.string().nullable(),
  resolvedBecause: z.string().nullable(),
  evidence: raised.shape.data.shape.evidence,
  /** The log position the evidence was seen at. */
  observedPosition: z.int(),
  /** Log positions of the events that raised it and that resolved it. */
  raisedPosition: z.int(),
  resolvedPosition: z.int().nullable(),
});
type AlertDisplay = Readonly<z.infer<typeof alertDisplay>>;

/** What is known of an alert, and what a snapshot keeps: no fact stands in two of its fields. */
export const alertEntry = z.strictObject({
  alertId: z.string(),
  alert: raisedAlert,
  display: alertDisplay,
  /** Of the last event of its stream: there, and in the log. */
  revision: z.int(),
  position: z.int(),
  /** Whether all of its stream is in it: not if it was forgotten once, and raised again. */
  isWhole: z.boolean(),
});
export type AlertEntry = Readonly<z.infer<typeof alertEntry>>;

/** An event, where it stands in the log and in its stream, and the instant it was decided at. */
type PlacedEvent = AlertEvent & {
  readonly position: number;
  readonly revision: number;
  readonly meta: { readonly now: string };
};

/** An alert as it is shown, in its latest episode: what its decider has folded of it, and what is shown only. */
export class KnownAlert {
  constructor(readonly entry: AlertEntry) {}

  get alertId() {
    return this.entry.alertId;
  }
  get type() {
    return this.entry.alert.key.type;
  }
  get groupId() {
    return this.entry.alert.key.groupId;
  }
  get userId() {
    return this.entry.alert.key.userId;
  }
  get period() {
    return this.entry.alert.key.period;
  }
  get threshold() {
    return this.entry.alert.key.threshold;
  }
  get episode() {
    return this.entry.alert.episode;
  }
  get severity() {
    return this.entry.display.severity;
  }
  get routing() {
    return this.entry.display.routing;
  }
  get state() {
    return this.entry.alert.state;
  }
  get raisedAt() {
    return this.entry.display.raisedAt;
  }
  get acknowledgedAt() {
    return this.entry.display.acknowledgedAt;
  }
  get resolvedAt() {
    return this.entry.display.resolvedAt;
  }
  get resolvedBecause() {
    return this.entry.display.resolvedBecause;
  }
  get muted() {
    return this.entry.alert.isMuted;
  }
  get suppressedUntil() {
    const { suppressedUntilMs } = this.entry.alert;
    return suppressedUntilMs === 0 ? null : formatInstant(suppressedUntilMs);
  }
  get evidence() {
    return this.entry.display.evidence;
  }
  get fingerprint() {
    return this.entry.alert.fingerprint;
  }
  get observedPosition() {
    return this.entry.display.observedPosition;
  }
  get raisedPosition() {
    return this.entry.display.raisedPosition;
  }
  get resolvedPosition() {
    return this.entry.display.resolvedPosition;
  }
  /** Of the event that changed it last, in the log. */
  get position() {
    return this.entry.position;
  }
}

/**
 * The alert after the event. Undefined without a beginning: what is said about an alert that is not known any more
 * makes none.
 */
export const afterEvent = (known: KnownAlert | undefined, event: PlacedEvent): KnownAlert | undefined => {
  const before = known?.entry;
  const alert = alertDecider.evolve(before?.alert ?? alertDecider.initial, event);
  const display = displayAfter(before?.display, event);
  if (alert.key === undefined || display === undefined) return undefined;
  const { position, revision } = event;
  const isWhole = before?.isWhole ?? revision === 0;
  return new KnownAlert({ alertId: event.data.alertId, alert, display, revision, position, isWhole });
};

const displayAfter = (
  display: AlertDisplay | undefined,
  { type, data, position, meta }: PlacedEvent,
): AlertDisplay | undefined => {
  if (type === 'AlertRaised') {
    const { severity, routing, evidence, position: observedPosition } = data;
    const said = { severity, routing, evidence, observedPosition };
    return { ...said, ...fresh, raisedAt: meta.now, raisedPosition: position };
  }
  if (display === undefined) return undefined;
  switch (type) {
    case 'AlertUpdated':
      return { ...display, evidence: data.evidence, observedPosition: data.position };
    case 'AlertAcknowledged':
      return { ...display, acknowledgedAt: meta.now };
    case 'AlertResolved':
      return { ...display, resolvedAt: meta.now, resolvedBecause: data.because, resolvedPosition: position };
    default:
      return display;
  }
};

const fresh = { acknowledgedAt: null, resolvedAt: null, resolvedBecause: null, resolvedPosition: null } as const;
