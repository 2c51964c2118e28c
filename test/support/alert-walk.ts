import assert from 'node:assert/strict';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';

/** Law 10, walked along a log, whoever wrote it: episodes count up by one, and end before the next begins. Answers how many. */
export const assertOncePerEpisode = (events: readonly StoredEvent[]): number => {
  const alerts = new Map<string, { episode: number; isOpen: boolean }>();
  for (const { type, data } of events) {
    if (!('alertId' in data) || !('episode' in data)) continue;
    const alert = alerts.get(String(data.alertId)) ?? { episode: 0, isOpen: false };
    if (type === 'AlertRaised') {
      assert.ok(!alert.isOpen, `${String(data.alertId)} is raised while it is open`);
      assert.equal(data.episode, alert.episode + 1);
      alerts.set(String(data.alertId), { episode: alert.episode + 1, isOpen: true });
    } else if (type === 'AlertResolved') {
      assert.ok(alert.isOpen, `${String(data.alertId)} is resolved twice`);
      alerts.set(String(data.alertId), { ...alert, isOpen: false });
    }
  }
  return [...alerts.values()].reduce((sum, { episode }) => sum + episode, 0);
};
