import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { createBursar } from '#client/bursar.js';
import type { Worker } from '#client/fan-out-options.js';
import { type Api, apiOf, recordWith } from '#test/support/api.js';
import { type FreshService, startOnFreshDirectory } from '#test/support/service.js';

const key = z.object({ key: z.string() });
const shown = z.object({
  state: z.string(),
  concurrency: z.number(),
  heldMicros: z.number(),
  spentMicros: z.number(),
  overrunMicros: z.number(),
});

describe('schedulers with the client', () => {
  let service: FreshService;
  let api: Api;
  let schedulerKey = '';
  let meteringKey = '';

  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    for (const groupId of ['eng', 'ops']) await api.meter(recordWith({ groupId, costMicros: 1 }));
    for (const groupId of ['eng', 'ops']) await api.put(`/groups/${groupId}/limits`, { maxConcurrency: 4 });
    const make = async (role: string, more: object = {}) =>
      key.parse((await api.post('/api-keys', { name: role, role, ...more })).body).key;
    schedulerKey = await make('scheduler');
    meteringKey = await make('metering', { source: 'triage' });
  });
  afterAll(() => service.dispose());

  const client = () => createBursar({ url: service.url, key: schedulerKey, meteringKey });
  /** Numbers of workers at once, whoever runs them. */
  const gauge = () => {
    const seen = { running: 0, most: 0 };
    const worker =
      (taskId: string, ms: number): Worker<number, number> =>
      async (item, { signal }) => {
        seen.running++;
        seen.most = Math.max(seen.most, seen.running);
        await wait(ms, undefined, { signal });
        seen.running--;
        const id = `${taskId}-${String(item)}`;
        const record = { id, taskId: id, parentTaskId: taskId, userId: 'u-ana', costMicros: 1_000 };
        return { result: item * 2, metering: [{ ...record, occurredAt: new Date().toISOString() }] };
      };
    return { seen, worker };
  };
  const items = Array.from({ length: 30 }, (_, item) => item);
  const fanOut = async (fanOutId: string) => shown.parse((await api.get(`/fan-outs/${fanOutId}`)).body);

  it('run 30 items with 4 at once, meter them, and give everything back', async () => {
    const { seen, worker } = gauge();
    const work = { groupId: 'eng', userId: 'u-ana', taskId: 't-nightly', estimatedCostMicrosPerItem: 900 };
    const result = await client().fanOut({ ...work, items, leaseSeconds: 60 }, worker('t-nightly', 10));
    assert.equal(result.decision, 'granted');
    assert.deepEqual(
      result.items,
      items.map((item) => ({ status: 'done', result: item * 2 })),
    );
    assert.equal(seen.most, 4);
    assert.deepEqual([result.ended, result.released, result.metering.accepted], ['finished', true, 30]);
    assert.deepEqual(await fanOut(result.fanOutId), {
      state: 'released',
      concurrency: 0,
      heldMicros: 0,
      spentMicros: 30_000,
      overrunMicros: 3_000,
    });
    // 1 micro was spent to make the group known.
    assert.equal((await api.spend('by=group&group=eng')).totalMicros, 30_001, 'charged to the group of the fan-out');
  });

  it('share the limit of a group: one waits while the other runs, and never more than 4 run', async () => {
    const { seen, worker } = gauge();
    const run = (taskId: string) =>
      client().fanOut(
        { groupId: 'ops', userId: 'u-ana', taskId, items: items.slice(0, 12), waitAtMostSeconds: 60, leaseSeconds: 5 },
        worker(taskId, 100),
      );
    const results = await Promise.all([run('t-a'), run('t-b')]);
    for (const result of results) {
      assert.equal(result.decision, 'granted');
      assert.deepEqual(
        [result.items.filter(({ status }) => status === 'done').length, result.metering.accepted, result.released],
        [12, 12, true],
      );
    }
    assert.equal(seen.most, 4);
    assert.equal((await api.spend('by=group&group=ops')).totalMicros, 24_001);
  });

  it('keep a lease by renewing it, beyond what was granted first', async () => {
    const work = { groupId: 'eng', userId: 'u-ana', taskId: 't-long', items: [1], leaseSeconds: 4 };
    const result = await client().fanOut(work, async (item, { signal }) => {
      await wait(6_000, undefined, { signal });
      return { result: item };
    });
    assert.ok(result.decision === 'granted');
    assert.deepEqual([result.ended, result.items[0].status, result.renewalError], ['finished', 'done', undefined]);
    assert.equal((await fanOut(result.fanOutId)).state, 'released');
  });

  it('are told by the service that a scheduler’s key does not meter, and lose no record', async () => {
    const { worker } = gauge();
    const work = { groupId: 'eng', userId: 'u-ana', taskId: 't-other', items: [1, 2] };
    const result = await createBursar({ url: service.url, key: schedulerKey }).fanOut(work, worker('t-other', 1));
    assert.ok(result.decision === 'granted');
    assert.equal(result.metering.unsent.length, 2);
    assert.match(String(result.metering.error), /BursarError/);
    assert.equal(
      (await createBursar({ url: service.url, key: meteringKey }).meter(result.metering.unsent)).accepted,
      2,
    );
  });
});
