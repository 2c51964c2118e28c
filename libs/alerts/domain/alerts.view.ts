import { millisecondsInDay } from 'date-fns/constants';
import { z } from 'zod';
import { groupChanges } from '#directory/domain/directory.slots.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { type StreamState, View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import type { Alert } from './alert.js';
import { AlertsByGroup } from './alerts-by-group.js';
import { alertEventTypes, isAlertEvent } from './alerts.events.js';
import { afterEvent, alertEntry, KnownAlert } from './known-alert.js';

/** How long a resolved alert is shown: 13 months. */
const keptMs = 400 * millisecondsInDay;
/** Memory is bounded whatever is raised: beyond these the oldest goes first. */
const keptResolved = 50_000;
const keptPositions = 200_000;

const savedAlerts = z.strictObject({
  alerts: z.array(alertEntry),
  positions: z.array(z.int()),
  positionsAfter: z.int(),
});

/** Every alert that is open or was resolved lately, one entry per id, and where the events about alerts stand. */
export class AlertsView extends View {
  readonly name = 'alerts';
  readonly handles = alertEventTypes;
  // Both in the order that matters: by the last raise, and by the resolve.
  readonly #alerts = new Map<string, KnownAlert>();
  readonly #resolved = new Set<string>();
  readonly #byGroup = new AlertsByGroup();
  /** Open or muted. */
  readonly #ofConcern = new AlertsByGroup();
  #positions: number[] = [];
  #positionsAfter = 0;

  apply(event: StoredEvent, at: FoldContext): void {
    if (!isAlertEvent(event)) return;
    this.#notePosition(event.position);
    const { alertId } = event.data;
    const alert = afterEvent(this.#alerts.get(alertId), event);
    if (alert === undefined) return;
    if (alert.groupId !== null) at.changes.add(groupChanges, alert.groupId);
    if (event.type === 'AlertRaised') {
      this.#alerts.delete(alertId);
      this.#resolved.delete(alertId);
    }
    this.#alerts.set(alertId, alert);
    this.#noteGroup(alert);
    if (event.type === 'AlertResolved') this.#resolved.add(alertId);
    this.#forgetOld(event.meta.now);
  }

  /** The alert's latest episode; undefined if it was never raised, or resolved longer than 13 months ago. */
  state = (alertId: string): KnownAlert | undefined => this.#alerts.get(alertId);

  /** What commands are decided on; undefined if not all of its stream is known here. */
  streamState(alertId: string): StreamState<Alert> | undefined {
    const entry = this.#alerts.get(alertId)?.entry;
    return entry?.isWhole === true ? { state: entry.alert, revision: entry.revision } : undefined;
  }

  /** The alert, if it is raised or acknowledged. */
  open(alertId: string): KnownAlert | undefined {
    const alert = this.#alerts.get(alertId);
    return alert?.state === 'resolved' ? undefined : alert;
  }

  /** What is open in a group; null: what is about the whole organisation. */
  openOf = (groupId: string | null): readonly KnownAlert[] =>
    this.ofConcern(groupId).filter(({ state }) => state !== 'resolved');
  /** What is open or muted in a group; null: what is about the whole organisation. */
  ofConcern = (groupId: string | null): readonly KnownAlert[] => this.#known(this.#ofConcern.of(groupId));
  /** Those raised last come first. */
  list = (): readonly KnownAlert[] => [...this.#alerts.values()].reverse();
  /** The same of one group, without a look at the others. */
  listOf = (groupId: string): readonly KnownAlert[] =>
    this.#known(this.#byGroup.of(groupId)).toSorted((a, b) => b.raisedPosition - a.raisedPosition);
  /** The first event about alerts after the position, or undefined if there is none. */
  nextPosition = (after: number): number | undefined => this.#positions.at(firstAfter(this.#positions, after));
  /** `nextPosition` skips nothing from this position on; what came before is in the log only. */
  positionsAfter = (): number => this.#positionsAfter;

  save(): z.infer<typeof savedAlerts> {
    return {
      alerts: [...this.#alerts.values()].map(({ entry }) => entry),
      positions: [...this.#positions],
      positionsAfter: this.#positionsAfter,
    };
  }
  load(saved: object): void {
    const { alerts: entries, positions, positionsAfter } = savedAlerts.parse(saved);
    const alerts = entries.map((entry) => new KnownAlert(entry));
    for (const alert of alerts) {
      this.#alerts.set(alert.alertId, alert);
      this.#noteGroup(alert);
    }
    for (const { alertId } of byResolve(alerts)) this.#resolved.add(alertId);
    this.#positions = positions;
    this.#positionsAfter = positionsAfter;
  }

  #known(ids: Iterable<string>): readonly KnownAlert[] {
    return [...ids].flatMap((alertId) => this.#alerts.get(alertId) ?? []);
  }

  #noteGroup(alert: KnownAlert): void {
    this.#byGroup.note(alert, true);
    this.#ofConcern.note(alert, alert.state !== 'resolved' || alert.muted);
  }

  #notePosition(position: number): void {
    this.#positions.push(position);
    if (this.#positions.length < 2 * keptPositions) return;
    this.#positionsAfter = this.#positions[keptPositions - 1];
    this.#positions = this.#positions.slice(keptPositions);
  }

  #forgetOld(at: string): void {
    const oldestMs = Date.parse(at) - keptMs;
    for (const alertId of this.#resolved) {
      const alert = this.#alerts.get(alertId);
      const isOld = Date.parse(alert?.resolvedAt ?? at) < oldestMs;
      if (!isOld && this.#resolved.size <= keptResolved) return;
      this.#resolved.delete(alertId);
      this.#alerts.delete(alertId);
      if (alert === undefined) continue;
      for (const index of [this.#byGroup, this.#ofConcern]) index.note(alert, false);
    }
  }
}

/** The resolved ones in the order in which they were. */
const byResolve = (alerts: readonly KnownAlert[]): readonly KnownAlert[] =>
  alerts
    .filter(({ state }) => state === 'resolved')
    .toSorted((one, other) => (one.resolvedPosition ?? 0) - (other.resolvedPosition ?? 0));

/** The place of the first position above `after`; as many as there are if there is none. */
const firstAfter = (positions: readonly number[], after: number): number => {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (positions[middle] > after) high = middle;
    else low = middle + 1;
  }
  return low;
};
