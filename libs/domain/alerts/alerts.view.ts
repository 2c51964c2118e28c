import { millisecondsInDay } from 'date-fns/constants';
import { z } from 'zod';
import { AlertsByGroup } from './alerts-by-group.js';
import type { AlertEvent } from './alerts.events.js';
import { afterEvent, knownAlert } from './known-alert.js';
import type { KnownAlert, Place } from './known-alert.js';

/** How long a resolved alert is shown: 13 months. */
const keptMs = 400 * millisecondsInDay;
/** Memory is bounded whatever is raised: beyond these the oldest goes first. */
const keptResolved = 50_000;
const keptPositions = 200_000;

const savedAlerts = z.strictObject({
  alerts: z.array(knownAlert),
  positions: z.array(z.int()),
  positionsAfter: z.int(),
});

/** Every alert that is open or was resolved lately, one entry per id, and where the events about alerts stand. */
export interface AlertsView {
  apply(event: AlertEvent, place: Place): void;
  /** The alert's latest episode; undefined if it was never raised, or resolved longer than 13 months ago. */
  state(alertId: string): KnownAlert | undefined;
  /** The alert, if it is raised or acknowledged. */
  open(alertId: string): KnownAlert | undefined;
  /** What is open in a group; null: what is about the whole organisation. */
  openOf(groupId: string | null): readonly KnownAlert[];
  /** What is open or muted in a group; null: what is about the whole organisation. */
  ofConcern(groupId: string | null): readonly KnownAlert[];
  /** Those raised last come first. */
  list(): readonly KnownAlert[];
  /** The same of one group, without a look at the others. */
  listOf(groupId: string): readonly KnownAlert[];
  /** The first event about alerts after the position, or undefined if there is none. */
  nextPosition(after: number): number | undefined;
  /** `nextPosition` skips nothing from this position on; what came before is in the log only. */
  positionsAfter(): number;
  /** JSON-native, for a snapshot. */
  save(): z.infer<typeof savedAlerts>;
  /** Replaces everything by what `save` gave. Throws when it is something else. */
  load(saved: object): void;
}

export const alertsView = (): AlertsView => {
  // Both in the order that matters: by the last raise, and by the resolve.
  const alerts = new Map<string, KnownAlert>();
  const resolved = new Set<string>();
  const byGroup = new AlertsByGroup();
  /** Open or muted. */
  const ofConcern = new AlertsByGroup();
  let positions: number[] = [];
  let positionsAfter = 0;

  const noteGroup = (alert: KnownAlert): void => {
    byGroup.note(alert, true);
    ofConcern.note(alert, alert.state !== 'resolved' || alert.muted);
  };

  const forgetOld = (at: string): void => {
    const oldestMs = Date.parse(at) - keptMs;
    for (const alertId of resolved) {
      const alert = alerts.get(alertId);
      const isOld = Date.parse(alert?.resolvedAt ?? at) < oldestMs;
      if (!isOld && resolved.size <= keptResolved) return;
      resolved.delete(alertId);
      alerts.delete(alertId);
      if (alert === undefined) continue;
      for (const index of [byGroup, ofConcern]) index.note(alert, false);
    }
  };

  const known = (ids: Iterable<string>): readonly KnownAlert[] =>
    [...ids].flatMap((alertId) => alerts.get(alertId) ?? []);

  const notePosition = (position: number): void => {
    positions.push(position);
    if (positions.length < 2 * keptPositions) return;
    positionsAfter = positions[keptPositions - 1];
    positions = positions.slice(keptPositions);
  };

  return {
    apply(event, place) {
      notePosition(place.position);
      const { alertId } = event.data;
      const alert = afterEvent(alerts.get(alertId), event, place);
      if (alert === undefined) return;
      if (event.type === 'AlertRaised') {
        alerts.delete(alertId);
        resolved.delete(alertId);
      }
      alerts.set(alertId, alert);
      noteGroup(alert);
      if (event.type === 'AlertResolved') resolved.add(alertId);
      forgetOld(place.at);
    },
    state: (alertId) => alerts.get(alertId),
    open(alertId) {
      const alert = alerts.get(alertId);
      return alert?.state === 'resolved' ? undefined : alert;
    },
    openOf: (groupId) => known(ofConcern.of(groupId)).filter(({ state }) => state !== 'resolved'),
    ofConcern: (groupId) => known(ofConcern.of(groupId)),
    list: () => [...alerts.values()].reverse(),
    listOf: (groupId) => known(byGroup.of(groupId)).toSorted((a, b) => b.raisedPosition - a.raisedPosition),
    nextPosition: (after) => positions.at(firstAfter(positions, after)),
    positionsAfter: () => positionsAfter,
    save: () => ({ alerts: [...alerts.values()], positions: [...positions], positionsAfter }),
    load(saved) {
      const state = savedAlerts.parse(saved);
      for (const collection of [alerts, resolved, byGroup, ofConcern]) collection.clear();
      for (const alert of state.alerts) {
        alerts.set(alert.alertId, alert);
        noteGroup(alert);
      }
      for (const { alertId } of byResolve(state.alerts)) resolved.add(alertId);
      ({ positions, positionsAfter } = state);
    },
  };
};

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
