import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { ObserveAlert } from '#alerts/commands/alerts.commands.js';
import { Fold } from '#event-sourcing/fold.js';
import { alertIdOf } from '#alerts/domain/alert-key.js';
import type { AlertKey } from '#alerts/domain/alert-key.js';
import type { Observation } from '#alerts/domain/observation.js';
import { apiOf, codeOf } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { listen } from '#test/support/event-source.js';
import { startInProcess } from '#test/support/service-in-process.js';
import type { ServiceInProcess } from '#test/support/service-in-process.js';
import { withDirectory } from '#test/support/service.js';

const shown = z.object({
  id: z.string(),
  type: z.string(),
  groupId: z.string().optional(),
  episode: z.number(),
  severity: z.string(),
  routing: z.string(),
  state: z.string(),
  raisedAt: z.iso.datetime(),
  acknowledgedAt: z.iso.datetime().optional(),
  resolvedAt: z.iso.datetime().optional(),
  resolvedBecause: z.string().optional(),
  suppressedUntil: z.iso.datetime().optional(),
  muted: z.boolean(),
  evidence: z.record(z.string(), z.unknown()),
});
const page = z.object({
  items: z.array(shown),
  nextCursor: z.string().nullable(),
  asOf: z.object({ position: z.string(), at: z.iso.datetime() }),
});
const withHistory = shown.extend({
  history: z.array(z.object({ kind: z.string(), actor: z.string(), reason: z.string(), position: z.string() })),
});

const keyOf = (groupId: string | null, threshold = 0.8): AlertKey => ({
  type: 'capThreshold',
  groupId,
  userId: null,
  period: '2026-11',
  threshold,
});
const idOf = (groupId: string | null, threshold?: number): string => alertIdOf(keyOf(groupId, threshold));

/** What a saga would say, seen at the position where the views stand. */
const observe = async ({ app }: ServiceInProcess, key: AlertKey, verdict: 'holds' | 'clears', fingerprint = 'f') => {
  const observation: Observation = {
    ...key,
    holds: verdict === 'holds',
    clears: verdict === 'clears',
    because: 'spendVoided',
    final: false,
    evidence: { seen: fingerprint },
    fingerprint,
    position: app.get(Fold).position,
  };
  await app.get(CommandBus).execute(new ObserveAlert(observation, Date.now(), 'system:watchCaps'));
};

const makeKey = async (api: Api, role: string, groups?: readonly string[]): Promise<string> => {
  const { body } = await api.post('/api-keys', { name: role, role, ...(groups !== undefined && { groups }) });
  return z.object({ key: z.string() }).parse(body).key;
};

const inService = (run: (service: ServiceInProcess, api: Api) => Promise<void>): Promise<void> =>
  withDirectory(async (directory) => {
    const service = await startInProcess(directory);
    try {
      await run(service, apiOf(service));
    } finally {
      await service.stop();
    }
  });

describe('alerts over HTTP', () => {
  it('lists those raised last first, in pages, with filters', () =>
    inService(async (service, api) => {
      const list = async (query = '') => page.parse((await api.get(`/alerts?${query}`)).body);
      for (const group of ['eng', 'ops', 'hr', null]) await observe(service, keyOf(group), 'holds');
      await observe(service, keyOf('eng', 1), 'holds');
      await observe(service, keyOf('ops'), 'clears');
      const ids = [idOf('eng', 1), idOf(null), idOf('hr'), idOf('ops'), idOf('eng')];

      const all = await list();
      assert.deepEqual(
        all.items.map(({ id }) => id),
        ids,
      );
      assert.deepEqual(
        [all.items[0].severity, all.items[0].routing, all.items[1].groupId],
        ['critical', 'notify', undefined],
      );
      const first = await list('limit=2');
      await observe(service, keyOf('new'), 'holds');
      const second = await list(`limit=2&cursor=${first.nextCursor ?? ''}`);
      const third = await list(`limit=2&cursor=${second.nextCursor ?? ''}`);
      assert.deepEqual(
        [first, second, third].flatMap(({ items }) => items.map(({ id }) => id)),
        ids,
        'a page does not move when something new is raised',
      );
      assert.equal(third.nextCursor, null);
      for (const [query, expected] of [
        ['state=resolved', [idOf('ops')]],
        ['group=eng', [idOf('eng', 1), idOf('eng')]],
        ['group=eng&state=acknowledged', []],
        ['type=capPace', []],
        ['group=nobody', []],
      ] as const) {
        assert.deepEqual(
          (await list(query)).items.map(({ id }) => id),
          expected,
          query,
        );
      }
    }));

  it('is acknowledged, resolved, muted and raised again, and its history tells who did it and why', () =>
    inService(async (service, api) => {
      const id = idOf('a/b ~*');
      const post = async (what: string, body?: unknown, headers?: Record<string, string>) => {
        const answer = await api.post(`/alerts/${id}/${what}`, body, headers);
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        return shown.parse(answer.body);
      };
      await observe(service, keyOf('a/b ~*'), 'holds');
      const acknowledged = await post('acknowledge', undefined, { 'x-reason': 'on it' });
      assert.equal(acknowledged.state, 'acknowledged');
      assert.deepEqual(await post('acknowledge'), acknowledged, 'a second time changes nothing');
      await observe(service, keyOf('a/b ~*'), 'holds', 'more');
      const resolved = await post('resolve', { reason: 'a known batch' }, { 'idempotency-key': 'once' });
      assert.deepEqual(
        [resolved.state, resolved.resolvedBecause, resolved.muted, resolved.evidence.seen],
        ['resolved', 'person', true, 'more'],
      );
      assert.deepEqual(await post('resolve', { reason: 'a known batch' }, { 'idempotency-key': 'once' }), resolved);
      for (const what of ['acknowledge', 'resolve']) {
        const refused = await api.post(`/alerts/${id}/${what}`, {});
        assert.deepEqual([refused.status, codeOf(refused)], [409, 'alertNotOpen']);
      }
      await observe(service, keyOf('a/b ~*'), 'holds', 'muted');
      await observe(service, keyOf('a/b ~*'), 'clears');
      await observe(service, keyOf('a/b ~*'), 'holds', 'again');
      const given = await post('feedback', { feedback: 'expected', note: 'every year' });
      assert.deepEqual([given.episode, given.state, given.muted], [2, 'raised', false]);
      assert.ok(Date.parse(given.suppressedUntil ?? '') > Date.now() + 6 * millisecondsInDay);

      const { history } = withHistory.parse((await api.get(`/alerts/${id}`)).body);
      assert.deepEqual(
        history.map(({ kind, actor, reason }) => [kind, actor.split(':')[0], reason]),
        [
          ['raised', 'system', ''],
          ['acknowledged', 'apiKey', 'on it'],
          ['updated', 'system', ''],
          ['resolved', 'apiKey', 'a known batch'],
          ['unmuted', 'system', ''],
          ['raised', 'system', ''],
          ['feedback', 'apiKey', ''],
        ],
      );
    }));

  it('shows a member its own groups, the admin everything, and finance nothing', () =>
    inService(async (service, api) => {
      for (const group of ['eng', 'ops', null]) await observe(service, keyOf(group), 'holds');
      const member = apiOf(service, await makeKey(api, 'member', ['eng']));
      const admin = apiOf(service, await makeKey(api, 'admin'));
      const finance = apiOf(service, await makeKey(api, 'finance'));
      const seen = async (from: Api) => page.parse((await from.get('/alerts')).body).items.map(({ id }) => id);
      assert.deepEqual(await seen(member), [idOf('eng')]);
      assert.equal((await seen(admin)).length, 3);
      assert.equal(codeOf(await finance.get('/alerts')), 'roleNotAllowed');
      assert.equal(codeOf(await finance.get('/alerts/stream')), 'roleNotAllowed');
      assert.equal(codeOf(await member.get('/alerts?group=ops')), 'groupNotAllowed');
      for (const id of [idOf('ops'), idOf(null)]) {
        assert.equal(codeOf(await member.get(`/alerts/${id}`)), 'unknownAlert');
        for (const what of ['acknowledge', 'resolve']) {
          const refused = await member.post(`/alerts/${id}/${what}`, {});
          assert.deepEqual([refused.status, codeOf(refused)], [404, 'unknownAlert']);
        }
      }
      assert.equal((await member.post(`/alerts/${idOf('eng')}/acknowledge`, {})).status, 200);
    }));

  it('refuses what is wrong, each with its code', () =>
    inService(async (service, api) => {
      await observe(service, keyOf('eng'), 'holds');
      const eng = `/alerts/${idOf('eng')}`;
      const table: readonly [method: string, path: string, body: unknown, status: number, code: string][] = [
        ['GET', '/alerts?state=open', undefined, 400, 'invalidValue'],
        ['GET', '/alerts?type=capTreshold', undefined, 400, 'invalidValue'],
        ['GET', '/alerts?group=', undefined, 400, 'invalidValue'],
        ['GET', '/alerts?limit=0', undefined, 400, 'invalidValue'],
        ['GET', '/alerts?cursor=nonsense', undefined, 400, 'invalidCursor'],
        ['GET', '/alerts?colour=red', undefined, 400, 'unknownField'],
        ['GET', '/alerts/none', undefined, 404, 'unknownAlert'],
        ['GET', '/alerts/stream?lastEventId=-1', undefined, 400, 'invalidLastEventId'],
        ['GET', '/alerts/stream?from=1', undefined, 400, 'unknownField'],
        ['POST', '/alerts/none/acknowledge', {}, 404, 'unknownAlert'],
        ['POST', '/alerts/none/resolve', {}, 404, 'unknownAlert'],
        ['POST', '/alerts/none/feedback', { feedback: 'noise' }, 404, 'unknownAlert'],
        ['POST', `${eng}/acknowledge`, { because: 'x' }, 400, 'unknownField'],
        ['POST', `${eng}/resolve`, { reason: 1 }, 400, 'invalidReason'],
        ['POST', `${eng}/feedback`, {}, 400, 'invalidValue'],
        ['POST', `${eng}/feedback`, undefined, 400, 'missingField'],
        ['POST', `${eng}/feedback`, { feedback: 'great' }, 400, 'invalidValue'],
        ['POST', `${eng}/feedback`, { feedback: 'noise', note: 'x'.repeat(1_001) }, 400, 'invalidValue'],
      ];
      for (const [method, path, body, status, code] of table) {
        const answer = await api.call(method, `/api/v1${path}`, body);
        assert.deepEqual([answer.status, codeOf(answer)], [status, code], `${method} ${path}`);
      }
    }));
});

describe('the stream of alerts', () => {
  let service: ServiceInProcess;
  let stopAll: () => void = () => undefined;
  let done: Promise<void>;
  let directory = '';
  beforeAll(async () => {
    await new Promise<void>((started) => {
      done = withDirectory(async (made) => {
        directory = made;
        started();
        await new Promise<void>((stop) => (stopAll = stop));
      });
    });
    service = await startInProcess(directory);
  });
  afterAll(async () => {
    await service.stop();
    stopAll();
    await done;
  });

  const follow = (lastEventId?: string, key = service.ownerKey) =>
    listen(`${service.url}/api/v1/alerts/stream`, key, lastEventId);

  it('tells what happens from now on, and each alert as it was then', async () => {
    await observe(service, keyOf('before'), 'holds');
    const live = await follow();
    assert.equal(live.response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(live.response.headers.get('x-accel-buffering'), 'no');
    await observe(service, keyOf('eng'), 'holds');
    await observe(service, keyOf('eng'), 'holds', 'more');
    await apiOf(service).post(`/alerts/${idOf('eng')}/acknowledge`, {});
    await observe(service, keyOf('eng'), 'clears');
    const events = await live.first(4);
    assert.deepEqual(
      events.map(({ event, data }) => [event, shown.parse(data).state, shown.parse(data).evidence.seen]),
      [
        ['raised', 'raised', 'f'],
        ['updated', 'raised', 'more'],
        ['acknowledged', 'acknowledged', 'more'],
        ['resolved', 'resolved', 'more'],
      ],
    );
    const again = await follow(events[0].id);
    assert.deepEqual(await again.first(3), events.slice(1), 'resumed: the same ids with the same alerts');
    await live.stop();
    await again.stop();
  });

  it('resumes across a restart without loss or repeats', async () => {
    const live = await follow();
    await observe(service, keyOf('one'), 'holds');
    const [first] = await live.first(1);
    await service.stop();
    await live.ended;
    const { ownerKey } = service;
    service = await startInProcess(directory, ownerKey);
    for (const group of ['two', 'three']) await observe(service, keyOf(group), 'holds');
    const resumed = await follow(first.id);
    await observe(service, keyOf('four'), 'holds');
    const events = await resumed.first(3);
    assert.deepEqual(
      events.map(({ data }) => shown.parse(data).groupId),
      ['two', 'three', 'four'],
    );
    const everything = await follow('0');
    const all = await everything.first(9);
    const ids = all.map(({ id }) => Number(id));
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((one, other) => one - other),
    );
    assert.deepEqual(all.slice(-3), events);
    await resumed.stop();
    await everything.stop();
  });

  it('tells a member about its own groups only', async () => {
    const key = await makeKey(apiOf(service), 'member', ['mine']);
    const mine = await follow('0', key);
    for (const group of ['theirs', null, 'mine']) await observe(service, keyOf(group), 'holds');
    const [event] = await mine.first(1);
    assert.equal(shown.parse(event.data).groupId, 'mine');
    assert.equal(mine.received.length, 1);
    await mine.stop();
  });

  it('serves many at once, each in order', async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, () => follow()));
    const groups = Array.from({ length: 50 }, (_, number) => `many-${String(number)}`);
    await Promise.all(groups.map((group) => observe(service, keyOf(group), 'holds')));
    const [expected, ...others] = await Promise.all(streams.map((stream) => stream.first(50)));
    for (const other of others) assert.deepEqual(other, expected);
    assert.deepEqual(new Set(expected.map(({ data }) => shown.parse(data).groupId)), new Set(groups));
    await Promise.all(streams.map((stream) => stream.stop()));
  });

  it('is answered at once when only its head is asked for', async () => {
    const { status, headers } = await apiOf(service).call('HEAD', '/api/v1/alerts/stream');
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/event-stream; charset=utf-8']);
  }, 300_000);

  it('ends when its key is revoked', async () => {
    const { body } = await apiOf(service).post('/api-keys', { name: 'short', role: 'admin' });
    const { id, key } = z.object({ id: z.string(), key: z.string() }).parse(body);
    const revoked = await follow(undefined, key);
    await apiOf(service).call('DELETE', `/api/v1/api-keys/${id}`);
    await observe(service, keyOf('after'), 'holds');
    await revoked.ended;
    assert.equal(revoked.received.length, 0);
  });
});
