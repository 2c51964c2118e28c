import type { EventLog, StoredEvent } from '#event-sourcing/ports/event-log.js';
import { streamEvents } from '#event-sourcing/stream-events.js';
import type { TimeSlice } from '#event-sourcing/turns.js';
import { alertStreamOf } from '../domain/alert-key.js';
import { type AlertEvent, isAlertEvent } from '../domain/alerts.events.js';
import type { AlertsView } from '../domain/alerts.view.js';
import { afterEvent, type KnownAlert } from '../domain/known-alert.js';

/** Of so many alerts it is remembered how they stood: whoever reads their events goes on from there. */
const alertsAtHand = 256;

/**
 * How alerts stood after each of their events, for one reader who reads them in the order of the log: the next event of an
 * alert takes one step, however long its history is.
 */
export class AlertHistories {
  /** How they stood after the event that was read last. */
  readonly #atHand = new Map<string, KnownAlert>();

  constructor(
    private readonly log: EventLog,
    private readonly alerts: Pick<AlertsView, 'state'>,
    private readonly work: TimeSlice,
    private readonly ends: AbortSignal,
  ) {}

  /** The alert after the event, whatever has happened since; undefined if nothing is known of it then. */
  async after(event: AlertEvent & StoredEvent): Promise<KnownAlert | undefined> {
    const { alertId } = event.data;
    const current = this.alerts.state(alertId);
    const before = this.#atHand.get(alertId);
    const alert =
      current?.position === event.position
        ? current
        : before?.entry.revision === event.revision - 1
          ? afterEvent(before, event)
          : await this.#foldUpTo(event);
    if (alert !== undefined) this.#keep(alertId, alert);
    return alert;
  }

  async #foldUpTo({ data, position }: AlertEvent & StoredEvent): Promise<KnownAlert | undefined> {
    let alert: KnownAlert | undefined;
    for await (const event of streamEvents(this.log, alertStreamOf(data.alertId), 0, this.work)) {
      if (event.position > position || this.ends.aborted) break;
      if (isAlertEvent(event)) alert = afterEvent(alert, event);
    }
    return alert;
  }

  #keep(alertId: string, alert: KnownAlert): void {
    this.#atHand.delete(alertId);
    this.#atHand.set(alertId, alert);
    const [oldest] = this.#atHand.keys();
    if (this.#atHand.size > alertsAtHand) this.#atHand.delete(oldest);
  }
}
