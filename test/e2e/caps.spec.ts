import assert from 'node:assert/strict';
import { z } from 'zod';
import { apiOf, codeOf, recordWith } from '#test/support/api.js';
import type { Answer, Api } from '#test/support/api.js';
import { untilRecorded } from '#test/support/recorded-cap.js';
import { startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const cap = z.object({
  period: z.string(),
  policy: z.record(z.string(), z.unknown()).nullable(),
  policyVersion: z.number(),
  enforcement: z.string(),
  thresholds: z.array(z.number()),
  capMicros: z.number().nullable(),
  derivedMicros: z.number().nullable(),
  topUpsMicros: z.number(),
  basis: z.record(z.string(), z.unknown()),
  insufficientHistory: z.boolean(),
  spentMicros: z.number(),
  availableMicros: z.number().nullable(),
  thresholdsReached: z.array(z.number()),
  wouldHaveDenied: z.boolean().optional(),
  provisional: z.boolean(),
  asOf: z.object({ position: z.string(), at: z.string() }),
});
const history = z.object({ items: z.array(z.object({ type: z.string(), actor: z.string(), reason: z.string() })) });

const summarised = z.object({ cap: z.unknown() });

describe('caps', () => {
  let service: FreshService;
  let api: Api;
  // UTC is the default zone: months are those of the ISO texts.
  const now = new Date();
  const thisMonth = now.toISOString().slice(0, 7);
  const startOfMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
  const before1 = new Date(startOfMonth - 1);
  const lastMonth = before1.toISOString().slice(0, 7);
  const firstOfLastMonth = new Date(Date.UTC(before1.getUTCFullYear(), before1.getUTCMonth())).toISOString();

  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    await api.put('/organisation', { name: 'Acme', timeZone: 'Etc/UTC' });
  });
  afterAll(() => service.dispose());

  const capOf = async (path: string) => {
    const answer = await api.get(path);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return cap.parse(answer.body);
  };
  /** A group that spent so much on the first day of the month before, and so much this month. */
  const group = async (groupId: string, last: number, current = 0): Promise<void> => {
    await api.meter([
      recordWith({ groupId, occurredAt: firstOfLastMonth, costMicros: last }),
      recordWith({
        groupId,
        costMicros: current,
        occurredAt: new Date(Math.max(startOfMonth, Date.now() - 1_000)).toISOString(),
      }),
    ]);
  };

  it('are 1.3 times what was spent the month before, and say so', async () => {
    await group('eng', 1_000_000, 650_000);
    const shown = await capOf('/groups/eng/cap');
    assert.equal(shown.period, thisMonth);
    assert.deepEqual(shown.policy, { kind: 'priorMonthMultiple', multiple: 1.3 });
    assert.equal(shown.enforcement, 'alert');
    assert.deepEqual([shown.capMicros, shown.spentMicros, shown.availableMicros], [1_300_000, 650_000, 650_000]);
    assert.deepEqual(shown.thresholdsReached, [0.5], 'half of it is reached exactly');
    assert.equal(shown.wouldHaveDenied, false);
    const summary = { capMicros: 1_300_000, availableMicros: 650_000, enforcement: 'alert', thresholdsReached: [0.5] };
    assert.deepEqual(summarised.parse((await api.get('/groups/eng')).body).cap, summary);
    const days = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 0)).getUTCDate();
    assert.deepEqual(shown.basis, {
      kind: 'actual',
      period: lastMonth,
      actualMicros: 1_000_000,
      historyDays: days,
      days,
      status: 'provisional',
      multiple: 1.3,
    });
  });

  it('F14: are null, never 0, and say insufficientHistory for a group that has just begun', async () => {
    await api.meter([recordWith({ groupId: 'young', costMicros: 5 })]);
    const shown = await capOf('/groups/young/cap');
    assert.deepEqual([shown.capMicros, shown.availableMicros, shown.insufficientHistory], [null, null, true]);
    assert.equal(shown.spentMicros, 5);
  });

  it('follow a policy at once, keep spend as it is, and tell their history', async () => {
    await group('ops', 100, 90);
    assert.equal((await capOf('/groups/ops/cap')).capMicros, 130);
    await untilRecorded(api, 'groups/ops', 130);
    const put = await api.put('/groups/ops/cap', {
      policy: { kind: 'priorMonthMultiple', multiple: 2, floorMicros: 500 },
      thresholds: [0.1, 1],
      reason: 'a new product',
    });
    assert.equal(put.status, 200, JSON.stringify(put.body));
    assert.equal(cap.parse(put.body).capMicros, 500);
    await untilRecorded(api, 'groups/ops', 500);
    await api.put('/groups/ops/cap', { policy: { kind: 'fixed', capMicros: 80 }, reason: 'a tight month' });
    const shown = await capOf('/groups/ops/cap');
    assert.deepEqual([shown.capMicros, shown.spentMicros, shown.availableMicros], [80, 90, -10]);
    assert.deepEqual([shown.thresholds, shown.wouldHaveDenied], [[0.1, 1], true]);
    await untilRecorded(api, 'groups/ops', 80);
    const { items } = history.parse((await api.get('/groups/ops/cap/history')).body);
    assert.deepEqual(
      items.map(({ type, reason }) => `${type} ${reason}`.trim()),
      ['CapDerived', 'CapPolicySet a tight month', 'CapDerived', 'CapPolicySet a new product', 'CapDerived'],
    );
  });

  it('F5: an edit leaves spend as it was, in the very next read', async () => {
    await group('steady', 1_000, 777);
    for (const capMicros of [5, 100_000, 0]) {
      await api.put('/groups/steady/cap', { policy: { kind: 'fixed', capMicros } });
      assert.equal((await capOf('/groups/steady/cap')).spentMicros, 777);
      assert.equal((await api.spend('by=group&group=steady')).totalMicros, 777);
    }
  });

  it('take top-ups for one month, with a reason', async () => {
    await group('lab', 1_000);
    const top = await api.post('/groups/lab/cap/top-ups', {
      period: thisMonth,
      amountMicros: 50,
      reason: 'the launch',
    });
    assert.equal(top.status, 200, JSON.stringify(top.body));
    await api.post('/groups/lab/cap/top-ups', { period: thisMonth, amountMicros: 7 }, { 'x-reason': 'and a bit' });
    const shown = await capOf('/groups/lab/cap');
    assert.deepEqual([shown.derivedMicros, shown.topUpsMicros, shown.capMicros], [1_300, 57, 1_357]);
    const before = await capOf(`/groups/lab/cap?period=${lastMonth}`);
    assert.equal(before.topUpsMicros, 0);
  });

  it('pool the whole organisation, once somebody has chosen so', async () => {
    const none = await api.get('/organisation/cap');
    assert.equal(none.status, 200);
    assert.deepEqual(z.object({ policy: z.null(), capMicros: z.null() }).parse(none.body), {
      policy: null,
      capMicros: null,
    });
    await api.put('/organisation/cap', { policy: { kind: 'priorMonthMultiple', multiple: 1 } });
    const shown = await capOf('/organisation/cap');
    const spent = await api.spend(`by=group&period=${lastMonth}`);
    assert.equal(shown.capMicros, spent.totalMicros);
  });

  it('are edited by whoever has seen the last edit', async () => {
    await group('shared', 10);
    const first = await api.get('/groups/shared/cap');
    const etag = first.headers.get('etag') ?? '';
    const edit = (enforcement: string) => api.put('/groups/shared/cap', { enforcement }, { 'if-match': etag });
    assert.equal((await edit('observe')).status, 200);
    const late = await edit('alert');
    assert.deepEqual([late.status, codeOf(late)], [412, 'staleVersion']);
    assert.equal((await capOf('/groups/shared/cap')).enforcement, 'observe');
  });

  it('are enforced in the first 90 days only with an override and a reason', async () => {
    await group('strict', 1_000);
    const put = (body: object) => api.put('/groups/strict/cap', { enforcement: 'enforce', ...body });
    const refused = async (answer: Promise<Answer>) => {
      const { status, body } = await answer;
      return [status, z.object({ code: z.string() }).parse(body).code];
    };
    assert.deepEqual(await refused(put({})), [409, 'enforceTooEarly']);
    assert.deepEqual(await refused(put({ overrideFirstQuarter: true })), [400, 'reasonMissing']);
    assert.equal((await capOf('/groups/strict/cap')).enforcement, 'alert');
    assert.equal((await put({ overrideFirstQuarter: true, reason: 'the board wants it' })).status, 200);
    assert.equal((await capOf('/groups/strict/cap')).enforcement, 'enforce');
  });

  it('hold for history that is imported, and a record that is taken back', async () => {
    await api.meter([recordWith({ id: 'taken-back', groupId: 'past', occurredAt: firstOfLastMonth, costMicros: 100 })]);
    await api.meter([recordWith({ groupId: 'past', occurredAt: firstOfLastMonth, costMicros: 1_000 })]);
    assert.equal((await capOf('/groups/past/cap')).capMicros, 1_430);
    await untilRecorded(api, 'groups/past', 1_430);
    await api.post('/metering/voids', { source: 'test', id: 'taken-back', reason: 'metered twice' });
    assert.equal((await capOf('/groups/past/cap')).capMicros, 1_430, 'a change of less than a tenth waits');
    await api.meter([recordWith({ groupId: 'past', occurredAt: firstOfLastMonth, costMicros: 1_000 })]);
    assert.equal((await capOf('/groups/past/cap')).capMicros, 2_600);
  });

  const bad: readonly [
    what: string,
    method: 'put' | 'post' | 'get',
    path: string,
    body: unknown,
    status: number,
    code: string,
  ][] = [
    ['an unknown group', 'get', '/groups/nobody/cap', undefined, 404, 'unknownGroup'],
    ['a cap for an unknown group', 'put', '/groups/nobody/cap', { enforcement: 'alert' }, 404, 'unknownGroup'],
    [
      'a negative multiple',
      'put',
      '/groups/eng/cap',
      { policy: { kind: 'priorMonthMultiple', multiple: -1 } },
      400,
      'invalidMultiple',
    ],
    [
      'a multiple of 0',
      'put',
      '/groups/eng/cap',
      { policy: { kind: 'priorMonthMultiple', multiple: 0 } },
      400,
      'invalidMultiple',
    ],
    [
      'a multiple with five places',
      'put',
      '/groups/eng/cap',
      { policy: { kind: 'priorMonthMultiple', multiple: 1.00001 } },
      400,
      'invalidMultiple',
    ],
    [
      'a floor above the ceiling',
      'put',
      '/groups/eng/cap',
      { policy: { kind: 'priorMonthMultiple', multiple: 1, floorMicros: 2, ceilingMicros: 1 } },
      400,
      'floorAboveCeiling',
    ],
    ['thresholds out of order', 'put', '/groups/eng/cap', { thresholds: [0.8, 0.5] }, 400, 'invalidThresholds'],
    ['a threshold twice', 'put', '/groups/eng/cap', { thresholds: [0.5, 0.5] }, 400, 'invalidThresholds'],
    ['a threshold above 10', 'put', '/groups/eng/cap', { thresholds: [10.5] }, 400, 'invalidThresholds'],
    ['a negative threshold', 'put', '/groups/eng/cap', { thresholds: [-1] }, 400, 'invalidThresholds'],
    ['a user share above 1', 'put', '/groups/eng/cap', { userShare: 1.1 }, 400, 'invalidUserShare'],
    ['an unknown field', 'put', '/groups/eng/cap', { treshold: 1 }, 400, 'unknownField'],
    ['a month that does not exist', 'get', '/groups/eng/cap?period=2026-13', undefined, 400, 'invalidPeriod'],
    ['a month that has not begun', 'get', '/groups/eng/cap?period=2999-01', undefined, 400, 'invalidPeriod'],
    [
      'a top-up of nothing',
      'post',
      '/groups/eng/cap/top-ups',
      { period: '2999-01', amountMicros: 0, reason: 'x' },
      400,
      'invalidAmount',
    ],
    [
      'a top-up without a reason',
      'post',
      '/groups/eng/cap/top-ups',
      { period: '2999-01', amountMicros: 1 },
      400,
      'reasonMissing',
    ],
    [
      'a top-up of a month that is over',
      'post',
      '/groups/eng/cap/top-ups',
      { period: '2001-01', amountMicros: 1, reason: 'x' },
      409,
      'periodOver',
    ],
  ];
  for (const [what, method, path, body, status, code] of bad) {
    it(`refuse ${what}: ${code}`, async () => {
      const before = (await capOf('/groups/eng/cap')).policyVersion;
      const answer = await (method === 'get' ? api.get(path) : api[method](path, body));
      assert.deepEqual([answer.status, codeOf(answer)], [status, code], JSON.stringify(answer.body));
      assert.equal((await capOf('/groups/eng/cap')).policyVersion, before);
    });
  }
});

describe('caps after a restart', () => {
  it('are what they were', () =>
    withDirectory(async (directory) => {
      const first = await startService({ directory });
      const api = apiOf(first);
      await api.meter([recordWith({ groupId: 'eng', costMicros: 7 })]);
      await api.put('/groups/eng/cap', { policy: { kind: 'fixed', capMicros: 10 }, thresholds: [0.7] });
      const shown = cap.parse((await api.get('/groups/eng/cap')).body);
      await first.stop();
      const second = await startService({ directory, ownerKey: first.ownerKey });
      const again = cap.parse((await apiOf(second).get('/groups/eng/cap')).body);
      await second.stop();
      assert.deepEqual({ ...again, asOf: shown.asOf }, shown);
    }));
});
