import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { millisecondsInDay } from 'date-fns/constants';
import { z } from 'zod';
import { apiOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const alert = z.object({
  id: z.string(),
  type: z.string(),
  groupId: z.string().optional(),
  userId: z.string().optional(),
  threshold: z.number().optional(),
  episode: z.number(),
  severity: z.string(),
  state: z.string(),
  resolvedBecause: z.string().optional(),
  evidence: z.record(z.string(), z.unknown()),
});
const list = z.object({ items: z.array(alert) });
type ShownAlert = z.infer<typeof alert>;

const alertsOf = async (api: Api, group: string, type = 'capThreshold'): Promise<readonly ShownAlert[]> =>
  list
    .parse((await api.get(`/alerts?group=${group}&type=${type}`)).body)
    .items.toSorted((a, b) => (a.threshold ?? 0) - (b.threshold ?? 0));

/** Sagas come a moment after the answer: what they say is awaited, and the last look is what is compared. */
const eventually = async <T>(look: () => Promise<T>, expected: T): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    if (JSON.stringify(await look()) === JSON.stringify(expected)) return;
    await wait(20);
  }
  assert.deepEqual(await look(), expected);
};
const told = (alerts: readonly ShownAlert[]): string[] =>
  alerts.map(({ threshold, state, episode, resolvedBecause = '' }) =>
    `${String(threshold)} ${state} ${String(episode)} ${resolvedBecause}`.trim(),
  );

describe('alerts about caps', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
  });
  afterAll(() => service.dispose());

  const fixed = (group: string, capMicros: number, more: object = {}) =>
    api.put(`/groups/${group}/cap`, { policy: { kind: 'fixed', capMicros }, ...more });
  const spend = (groupId: string, costMicros: number, more: object = {}) =>
    api.meter([recordWith({ groupId, costMicros, occurredAt: new Date().toISOString(), ...more })]);
  const capAlerts = (group: string) => async () => told(await alertsOf(api, group));

  it('F11: raise each threshold once: when met exactly, when jumped over, and not again while they hold', async () => {
    await api.put('/groups/eng', { name: 'Engineering' });
    await fixed('eng', 1_000);
    await spend('eng', 499);
    await spend('eng', 1);
    await eventually(capAlerts('eng'), ['0.5 raised 1']);
    await spend('eng', 600);
    await eventually(capAlerts('eng'), ['0.5 raised 1', '0.8 raised 1', '1 raised 1']);
    for (let more = 0; more < 5; more++) await spend('eng', 50);
    await eventually(capAlerts('eng'), ['0.5 raised 1', '0.8 raised 1', '1 raised 1']);
    const severities = (await alertsOf(api, 'eng')).map(({ severity }) => severity);
    assert.deepEqual(severities, ['info', 'warning', 'critical']);
  });

  it('resolve by themselves when the cap is raised, and are raised again as new episodes', async () => {
    await api.put('/groups/ops', { name: 'Operations' });
    await fixed('ops', 100);
    await spend('ops', 90);
    await eventually(capAlerts('ops'), ['0.5 raised 1', '0.8 raised 1']);
    await fixed('ops', 150);
    await eventually(capAlerts('ops'), ['0.5 raised 1', '0.8 resolved 1 capRaised']);
    const [half] = await alertsOf(api, 'ops');
    assert.equal(half.evidence.capMicros, 150, 'one that still holds shows the new cap');
    await spend('ops', 30);
    await eventually(capAlerts('ops'), ['0.5 raised 1', '0.8 raised 2']);
    await fixed('ops', 120);
    await eventually(capAlerts('ops'), ['0.5 raised 1', '0.8 raised 2', '1 raised 1']);
  });

  it('resolve when spend is taken back, and lift with a top-up', async () => {
    await api.put('/groups/lab', { name: 'Lab' });
    await fixed('lab', 100, { thresholds: [0.5, 1] });
    await spend('lab', 60, { id: 'wrong' });
    await spend('lab', 45);
    await eventually(capAlerts('lab'), ['0.5 raised 1', '1 raised 1']);
    const period = new Date().toISOString().slice(0, 7);
    await api.post('/groups/lab/cap/top-ups', { period, amountMicros: 20, reason: 'the last days' });
    await eventually(capAlerts('lab'), ['0.5 raised 1', '1 resolved 1 capRaised']);
    await api.post('/metering/voids', { source: 'test', id: 'wrong', reason: 'metered twice' });
    await eventually(capAlerts('lab'), ['0.5 resolved 1 spendFell', '1 resolved 1 capRaised']);
  });

  it('stay silent for a person who has resolved one, until it was false once', async () => {
    await api.put('/groups/calm', { name: 'Calm' });
    await fixed('calm', 100, { thresholds: [0.5] });
    await spend('calm', 60);
    await eventually(capAlerts('calm'), ['0.5 raised 1']);
    const [{ id }] = await alertsOf(api, 'calm');
    assert.equal((await api.post(`/alerts/${id}/resolve`, { reason: 'a planned launch' })).status, 200);
    await spend('calm', 10);
    await spend('calm', 10);
    await wait(200);
    assert.deepEqual(await capAlerts('calm')(), ['0.5 resolved 1 person']);
    await fixed('calm', 1_000);
    await wait(100);
    await fixed('calm', 100);
    await eventually(capAlerts('calm'), ['0.5 raised 2']);
  });

  it('tell of one user who spends most of a group of three or more', async () => {
    await api.put('/groups/team', { name: 'Team' });
    await fixed('team', 1_000, { thresholds: [] });
    await spend('team', 60, { userId: 'ana' });
    await spend('team', 30, { userId: 'bo' });
    await wait(100);
    assert.deepEqual(await alertsOf(api, 'team', 'userShare'), [], 'two users are no group');
    await spend('team', 10, { userId: 'cy' });
    await spend('team', 10, { userId: 'ana' });
    const shares = async () =>
      (await alertsOf(api, 'team', 'userShare')).map(({ userId, state }) => `${userId ?? ''} ${state}`);
    await eventually(shares, ['ana raised']);
    await spend('team', 100, { userId: 'cy' });
    await eventually(async () => (await shares()).toSorted(), ['ana resolved', 'cy raised']);
  });

  it('tell of a user who spends far more than on a usual day, until it is taken back', async () => {
    await api.put('/groups/night', { name: 'Night' });
    const daysAgo = (days: number) => new Date(Date.now() - days * millisecondsInDay).toISOString();
    for (let days = 2; days <= 8; days++) {
      await spend('night', 1_000_000, { userId: 'elif', occurredAt: daysAgo(days) });
    }
    await spend('night', 10_000_000, { userId: 'elif', id: 'at night' });
    await spend('night', 900_000_000, { userId: 'new' });
    const runaways = async () =>
      (await alertsOf(api, 'night', 'userRunaway')).map(({ userId, state, severity }) =>
        [userId, state, severity].join(' '),
      );
    await wait(200);
    assert.deepEqual(await runaways(), [], 'ten times is not more than ten times, and one day is no history');
    await spend('night', 2_500_000, { userId: 'elif', id: 'too much' });
    await eventually(runaways, ['elif raised warning']);
    const [{ evidence }] = await alertsOf(api, 'night', 'userRunaway');
    assert.deepEqual(
      [evidence.last24HoursMicros, evidence.medianDayMicros, evidence.times],
      [12_500_000, 1_000_000, 12.5],
    );
    await spend('night', 100_000, { userId: 'elif' });
    await api.post('/metering/voids', { source: 'test', id: 'too much', reason: 'metered twice' });
    await wait(100);
    assert.deepEqual(await runaways(), ['elif raised warning'], 'above 0.9 of the bar nothing changes');
    await api.post('/metering/voids', { source: 'test', id: 'at night', reason: 'metered twice' });
    await eventually(runaways, ['elif resolved warning']);
  });

  it('tell of the organisation as a whole', async () => {
    await api.put('/organisation/cap', { policy: { kind: 'fixed', capMicros: 1 }, thresholds: [1] });
    const whole = async () =>
      list
        .parse((await api.get('/alerts?type=capThreshold')).body)
        .items.filter(({ groupId }) => groupId === undefined)
        .map(({ state }) => state);
    await eventually(whole, ['raised']);
  });
});

describe('alerts about caps across a restart', () => {
  it('F11: do not fire again, and what was missed is made good', () =>
    withDirectory(async (directory) => {
      const first = await startService({ directory });
      const api = apiOf(first);
      await api.put('/groups/eng', { name: 'Engineering' });
      await api.put('/groups/eng/cap', { policy: { kind: 'fixed', capMicros: 100 } });
      await api.meter([recordWith({ costMicros: 60, occurredAt: new Date().toISOString() })]);
      await eventually(async () => told(await alertsOf(api, 'eng')), ['0.5 raised 1']);
      await api.meter([recordWith({ costMicros: 30, occurredAt: new Date().toISOString() })]);
      await first.kill();
      const second = await startService({ directory, ownerKey: first.ownerKey });
      const again = apiOf(second);
      await eventually(async () => told(await alertsOf(again, 'eng')), ['0.5 raised 1', '0.8 raised 1']);
      await second.stop();
    }));
});
