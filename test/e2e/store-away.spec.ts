import assert from 'node:assert/strict';
import { z } from 'zod';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { type Answer, type Api, apiOf, codeOf, recordWith } from '#test/support/api.js';
import { fanOutWith, granted } from '#test/support/fan-outs.js';
import { withDirectory } from '#test/support/service.js';
import { type ServiceInProcess, startInProcess } from '#test/support/service-in-process.js';
import { takeStoreAway } from '#test/support/store-away.js';

const stale = z.object({ stale: z.literal(true) });
const isStale = ({ status, body }: Answer): boolean => {
  assert.equal(status, 200, JSON.stringify(body));
  return stale.safeParse(body).success;
};
const period = new Date().toISOString().slice(0, 7);
const queries = [
  '/spend',
  '/groups',
  '/groups/eng',
  '/groups/eng/cap',
  `/statements/${period}`,
  '/prices',
  '/alerts',
  '/audit',
  '/fan-outs',
  '/limits',
  '/organisation',
];

describe('a shared store that has gone away', () => {
  let service: ServiceInProcess;
  let api: Api;
  let end: () => void;
  let done: Promise<void>;
  beforeAll(async () => {
    await new Promise<void>((ready) => {
      done = withDirectory(async (directory) => {
        service = await startInProcess(directory);
        api = apiOf(service);
        await api.meter([recordWith()]);
        const ended = new Promise<void>((resolve) => (end = resolve));
        ready();
        await ended;
        await service.stop();
      });
    });
  });
  afterAll(async () => {
    end();
    await done;
  });

  const whileAway = async (act: () => Promise<void>): Promise<void> => {
    const giveBack = takeStoreAway(service.app.get(EventLog));
    try {
      await act();
    } finally {
      giveBack();
    }
  };

  it('is said in every answer to a query, and in none once it is back', async () => {
    await whileAway(async () => {
      for (const query of queries) assert.ok(isStale(await api.get(query)), query);
    });
    for (const query of queries) assert.ok(!isStale(await api.get(query)), query);
  });

  it('leaves the answers as they were', async () => {
    const known = await api.spend('by=group');
    await whileAway(async () => {
      const { items, totalMicros, asOf } = await api.spend('by=group');
      assert.deepEqual([items, totalMicros, asOf.position], [known.items, known.totalMicros, known.asOf.position]);
    });
  });

  it('is why the service is not ready, although it is alive', async () => {
    await whileAway(async () => {
      const ready = await api.call('GET', '/readyz');
      assert.equal(ready.status, 503);
      assert.match(z.object({ detail: z.string() }).parse(ready.body).detail, /cannot be reached/);
      assert.equal((await api.call('GET', '/healthz')).status, 200);
    });
    assert.equal((await api.call('GET', '/readyz')).status, 200);
  });

  it('lets nothing be acknowledged, and says when to come back', async () => {
    const before = await api.spend('by=group');
    const asked = fanOutWith();
    const commands: readonly (readonly [name: string, send: () => Promise<Answer>])[] = [
      ['limits', () => api.put('/groups/eng/limits', { maxConcurrency: 3 })],
      ['group', () => api.put('/groups/eng', { name: 'Engineering' })],
      ['cap', () => api.put('/groups/eng/cap', { policy: { kind: 'fixed', capMicros: 5 }, enforcement: 'alert' })],
      ['key', () => api.post('/api-keys', { name: 'one', role: 'finance' })],
      ['fan-out', () => api.post('/fan-outs', asked)],
      ['check', () => api.post('/fan-outs/check', asked)],
    ];
    await whileAway(async () => {
      for (const [name, send] of commands) {
        const answer = await send();
        assert.equal(answer.status, 503, name);
        assert.equal(codeOf(answer), 'logUnavailable', name);
        assert.equal(answer.headers.get('retry-after'), '5', name);
      }
    });
    assert.equal((await api.spend('by=group')).asOf.position, before.asOf.position);
    for (const [name, send] of commands) assert.ok((await send()).status < 300, name);
    assert.equal(granted(await api.post('/fan-outs', asked)).state, 'live');
  });

  it('lets no record be acknowledged', async () => {
    await whileAway(async () => {
      const answer = await api.post('/metering', [recordWith()]);
      assert.deepEqual(
        [answer.status, codeOf(answer), answer.headers.get('retry-after')],
        [503, 'logUnavailable', '5'],
      );
    });
  });
});
