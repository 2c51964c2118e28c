import assert from 'node:assert/strict';
import { z } from 'zod';
import { type Api, apiOf, codeOf, recordWith } from '#test/support/api.js';
import { type FreshService, startOnFreshDirectory } from '#test/support/service.js';

const task = z.object({
  totals: z.object({ records: z.int(), spentMicros: z.int() }),
  totalsWithChildren: z.object({ records: z.int(), spentMicros: z.int() }),
  tasksBelow: z.int(),
  truncated: z.boolean(),
  children: z.array(z.object({ taskId: z.string() })),
  childrenTruncated: z.boolean(),
  records: z.array(z.object({ id: z.string() })),
  recordsTruncated: z.boolean(),
});

describe('answers about history', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
  });
  afterAll(() => service.dispose());

  it('list the first thousand records and children of a task, and sum all of them', async () => {
    const many = 1_100;
    const own = Array.from({ length: many }, () => recordWith({ taskId: 't-root', costMicros: 1 }));
    const below = Array.from({ length: many }, (_, place) =>
      recordWith({ taskId: `t-${String(place)}`, parentTaskId: 't-root', costMicros: 10 }),
    );
    await api.meter([...own, ...below]);
    const found = task.parse((await api.get('/tasks/t-root')).body);
    assert.deepEqual([found.records.length, found.recordsTruncated], [1_000, true]);
    assert.deepEqual([found.children.length, found.childrenTruncated], [1_000, true]);
    assert.equal(found.records[0].id, own[0].id);
    assert.deepEqual(found.totals, { ...found.totals, records: many, spentMicros: many });
    assert.deepEqual([found.tasksBelow, found.truncated], [many, false]);
    assert.equal(found.totalsWithChildren.spentMicros, 11 * many);
    const small = task.parse((await api.get('/tasks/t-5')).body);
    assert.deepEqual([small.records.length, small.recordsTruncated, small.childrenTruncated], [1, false, false]);
  });

  it('that stay open are so many a key, and more when some have ended', async () => {
    const open = async () => {
      const hangUp = new AbortController();
      const answer = await fetch(`${service.url}/api/v1/alerts/stream`, {
        headers: { authorization: `Bearer ${service.ownerKey}` },
        signal: hangUp.signal,
      });
      return { answer, hangUp: () => hangUp.abort() };
    };
    const streams = await Promise.all(Array.from({ length: 32 }, open));
    assert.ok(streams.every(({ answer }) => answer.status === 200));
    const refused = await api.get('/alerts/stream');
    assert.deepEqual([refused.status, codeOf(refused)], [429, 'tooManyStreams']);
    assert.equal(refused.headers.get('retry-after'), '5');
    streams[0].hangUp();
    for (;;) {
      const { answer, hangUp } = await open();
      const { status } = answer;
      hangUp();
      if (status === 200) break;
      assert.equal(status, 429);
    }
    for (const { hangUp } of streams) hangUp();
  });
});
