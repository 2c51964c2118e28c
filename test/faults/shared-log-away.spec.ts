import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { StandIn } from '#test/eventstore/stand-in.js';
import type { TcpProxy } from '#test/eventstore/tcp-proxy.js';
import { sharing, withStandIn } from '#test/eventstore/with-stand-in.js';
import { type Answer, type Api, apiOf, codeOf, recordWith } from '#test/support/api.js';
import { fanOutWith, granted, reasonsOf } from '#test/support/fan-outs.js';
import { readLogOf } from '#test/support/engine.js';
import { type RunningService, startService, withDirectory } from '#test/support/service.js';

const marks = z.object({ withoutStore: z.literal(true).optional(), stale: z.literal(true).optional() });
const isStale = ({ status, body }: Answer): boolean => {
  assert.equal(status, 200, JSON.stringify(body));
  return marks.parse(body).stale === true;
};
const audit = z.object({ items: z.array(z.object({ change: z.record(z.string(), z.unknown()) })) });
const changesOf = async (api: Api, type: string) =>
  audit.parse((await api.get(`/audit?type=${type}`)).body).items.map(({ change }) => change);

const assertRefused = (answer: Answer, what: string): void => {
  assert.equal(answer.status, 503, `${what}: ${JSON.stringify(answer.body)}`);
  assert.equal(codeOf(answer), 'logUnavailable', what);
  assert.ok(Number(answer.headers.get('retry-after')) > 0, what);
};

/** Resolves when the process has noticed that the store is gone. */
const cutOff = async (way: TcpProxy, api: Api): Promise<void> => {
  way.isClosed = true;
  way.cut();
  while (!isStale(await api.get('/spend'))) await wait(10);
};

/** Resolves when the process has found the store again, by itself. */
const untilReady = async (api: Api): Promise<void> => {
  while ((await api.call('GET', '/readyz')).status !== 200) await wait(10);
};
const backAt = (way: TcpProxy, api: Api): Promise<void> => {
  way.isClosed = false;
  return untilReady(api);
};

/** What the process shows as of the position; asks again as long as it has not seen so much. */
const spendAt = async (api: Api, position: string) => {
  const query = `by=group&minPosition=${position}`;
  for (;;) {
    const answer = await api.get(`/spend?${query}`);
    if (answer.status !== 503) return z.object({ records: z.number() }).parse(answer.body);
    assert.equal(codeOf(answer), 'notYetReached');
  }
};

const cap = { policy: { kind: 'fixed', capMicros: 9_000_000 }, enforcement: 'alert' };
const policy = z.object({ policy: z.object({ kind: z.string() }).nullable() });

const running = (
  settings: NodeJS.ProcessEnv,
  test: (service: RunningService, api: Api, standIn: StandIn, directory: string) => Promise<void>,
): Promise<void> =>
  withStandIn((standIn) =>
    withDirectory(async (directory) => {
      const service = await startService({ directory, environment: { ...sharing(standIn), ...settings } });
      try {
        await test(service, apiOf(service), standIn, directory);
      } finally {
        await service.kill();
      }
    }),
  );

describe('a service whose event store goes away', () => {
  it('acknowledges nothing, answers what it knows, and goes on by itself with nothing lost and nothing half there', () =>
    running({}, async (service, api, { way }, directory) => {
      const records = [recordWith(), recordWith(), recordWith()];
      assert.equal((await api.meter(records.slice(0, 2))).accepted, 2);
      await api.put('/groups/eng/limits', { maxItemsPerFanOut: 5 });
      const lease = granted(await api.post('/fan-outs', fanOutWith()));
      assert.equal(reasonsOf(await api.post('/fan-outs', fanOutWith({ items: 6 }))).length, 1);
      const known = await api.spend('by=group');
      const policyBefore = policy.parse((await api.get('/groups/eng/cap')).body);

      await cutOff(way, api);
      const asked = fanOutWith();
      const commands: readonly (readonly [what: string, send: () => Promise<Answer>])[] = [
        ['metering', () => api.post('/metering', records)],
        ['fan-out', () => api.post('/fan-outs', asked)],
        ['renewal', () => api.post(`/fan-outs/${lease.fanOutId}/renew`, {})],
        ['cap', () => api.put('/groups/eng/cap', cap)],
      ];
      await Promise.all(commands.map(async ([what, send]) => assertRefused(await send(), what)));
      const shown = await api.spend('by=group');
      assert.deepEqual([shown.items, shown.records, shown.asOf.position], [known.items, 2, known.asOf.position]);
      assert.ok(isStale(await api.get('/groups/eng/cap')));
      const ready = await api.call('GET', '/readyz');
      assert.equal(ready.status, 503);
      assert.match(z.object({ detail: z.string() }).parse(ready.body).detail, /event store/);
      assert.equal((await api.call('GET', '/healthz')).status, 200);

      await backAt(way, api);
      assert.ok(!isStale(await api.get('/spend')));
      assert.deepEqual(policy.parse((await api.get('/groups/eng/cap')).body), policyBefore);
      const { accepted, duplicates, rejected } = await api.meter(records);
      assert.deepEqual([accepted, duplicates, rejected], [1, 2, []]);
      assert.equal((await api.spend('by=group')).totalMicros, 3_000);
      for (const [what, send] of commands.slice(1)) assert.equal((await send()).status, 200, what);
      assert.equal(granted(await api.post('/fan-outs', asked)).state, 'live');
      while ((await changesOf(api, 'FanOutsDenied')).length === 0) await wait(50);
      assert.equal(await service.stop(), 0);
      const log = await readLogOf(directory);
      const types = (await log.readAll(0, 1_000)).map(({ type }) => type);
      await log.close();
      const counted = (wanted: string): number => types.filter((type) => type === wanted).length;
      for (const [type, times] of Object.entries({ FanOutGranted: 2, FanOutRenewed: 1, FanOutsDenied: 1 })) {
        assert.equal(counted(type), times, type);
      }
    }));

  it('finds out that a store which keeps its connections has no answers any more', () =>
    running({}, async (service, api, { faults }) => {
      const record = recordWith();
      faults.stalls = true;
      const refused = await Promise.all([api.post('/metering', [record]), api.post('/fan-outs', fanOutWith())]);
      for (const answer of refused) assertRefused(answer, 'a store that stalls');
      while (!isStale(await api.get('/spend'))) await wait(10);
      assert.equal((await api.call('GET', '/readyz')).status, 503);
      faults.stalls = false;
      await untilReady(api);
      assert.equal((await api.meter([record])).accepted, 1);
      granted(await api.post('/fan-outs', fanOutWith()));
      assert.equal(await service.stop(), 0);
    }));

  it('ends in order, as it could at any other time', () =>
    running({}, async (service, api, { way }) => {
      await api.meter([recordWith()]);
      await cutOff(way, api);
      assert.equal(await service.stop(), 0);
    }));

  it('grants without the store if the operator wants that, and has it in the audit once the store is back', () =>
    running({ BURSAR_WHEN_UNAVAILABLE: 'allow' }, async (service, api, { way }) => {
      await api.meter([recordWith()]);
      await cutOff(way, api);
      const asked = fanOutWith();
      const answer = await api.post('/fan-outs', asked);
      const { fanOutId } = granted(answer);
      assert.deepEqual(marks.parse(answer.body), { withoutStore: true, stale: true });
      assert.equal(granted(await api.post(`/fan-outs/${fanOutId}/renew`, {})).fanOutId, fanOutId);
      assertRefused(await api.post('/metering', [recordWith()]), 'metering');
      assertRefused(await api.put('/groups/eng/cap', cap), 'cap');

      await backAt(way, api);
      while ((await changesOf(api, 'FanOutGrantedWithoutStore')).length === 0) await wait(50);
      const told = await changesOf(api, 'FanOutGrantedWithoutStore');
      assert.deepEqual(
        told.map(({ requestId }) => requestId),
        [asked.requestId],
      );
      assert.equal(granted(await api.post('/fan-outs', asked)).fanOutId, fanOutId);
      assert.equal(granted(await api.post(`/fan-outs/${fanOutId}/release`, {})).state, 'released');
      const next = await api.post('/fan-outs', fanOutWith());
      granted(next);
      assert.deepEqual(marks.parse(next.body), {});
      assert.equal(await service.stop(), 0);
    }));
});

describe('a position that one process has answered', () => {
  it('is shown by the other, which says so when it cannot', () =>
    running({}, async (service, one, standIn) => {
      const way = await standIn.anotherWay();
      await withDirectory(async (directory) => {
        const environment = { BURSAR_EVENT_STORE: `esdb://127.0.0.1:${String(way.port)}?tls=false` };
        const { ownerKey } = service;
        const beside = await startService({ directory, environment, ownerKey });
        try {
          const other = apiOf(beside);
          for (let records = 1; records <= 20; records++) {
            const { position } = await one.meter([recordWith()]);
            assert.equal((await spendAt(other, position)).records, records);
          }
          await cutOff(way, other);
          const { position } = await one.meter([recordWith()]);
          const early = await other.get(`/spend?minPosition=${position}`);
          assert.deepEqual([early.status, codeOf(early)], [503, 'notYetReached']);
          assert.equal((await other.spend('by=group')).records, 20);
          await backAt(way, other);
          assert.equal((await spendAt(other, position)).records, 21);
        } finally {
          await beside.kill();
        }
      });
      await way.close();
    }));
});
