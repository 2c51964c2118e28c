import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { apiOf, codeOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { capHeld, fanOutWith, granted, reasonsOf, shownFanOut } from '#test/support/fan-outs.js';
import { startOnFreshDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const madeKey = z.object({ key: z.string() });
const expiry = z.object({ expiresAt: z.string() });
const list = z.object({ items: z.array(shownFanOut), nextCursor: z.string().nullable() });

describe('fan-outs', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    await api.put('/organisation', { name: 'Acme', timeZone: 'Etc/UTC' });
    for (const group of ['eng', 'ops', 'capped', 'slots']) await api.put(`/groups/${group}`, { name: group });
  });
  afterAll(() => service.dispose());

  const grant = async (changes: Readonly<Record<string, unknown>> = {}) =>
    granted(await api.post('/fan-outs', fanOutWith(changes)));
  const show = async (fanOutId: string) => shownFanOut.parse((await api.get(`/fan-outs/${fanOutId}`)).body);
  const keyOf = async (role: string, groups?: readonly string[]) =>
    apiOf(service, madeKey.parse((await api.post('/api-keys', { name: role, role, groups })).body).key);

  it('live: asked for, drawn down, renewed, overrun, released, and shown', async () => {
    const asked = fanOutWith({ groupId: 'ops', items: 4, estimatedCostMicrosPerItem: 100, leaseSeconds: 60 });
    const one = granted(await api.post('/fan-outs', asked));
    assert.deepEqual([one.concurrency, one.items, one.heldMicros, one.reasons], [4, 4, 400, []]);
    assert.ok(one.expiresInSeconds >= 58 && one.expiresInSeconds <= 60);
    assert.equal((await capHeld(api, 'ops')).heldMicros, 400);
    const record = recordWith({ groupId: undefined, fanOutId: one.fanOutId, costMicros: 150 });
    await api.meter([record, record]);
    assert.equal((await capHeld(api, 'ops')).heldMicros, 250);
    assert.equal((await capHeld(api, 'ops')).spentMicros, 150, 'charged to the group of the fan-out');
    const renewed = granted(
      await api.post(`/fan-outs/${one.fanOutId}/renew`, { remainingItems: 2, leaseSeconds: 600 }),
    );
    assert.deepEqual([renewed.concurrency, renewed.expiresInSeconds > 60], [2, true]);
    await api.meter([recordWith({ groupId: 'ops', fanOutId: one.fanOutId, costMicros: 300 })]);
    const now = await show(one.fanOutId);
    assert.deepEqual([now.state, now.spentMicros, now.overrunMicros, now.heldMicros], ['live', 450, 50, 0]);
    for (let time = 0; time < 2; time++) {
      const released = granted(await api.post(`/fan-outs/${one.fanOutId}/release`, { reason: 'done' }));
      assert.deepEqual([released.state, released.concurrency, released.expiresInSeconds], ['released', 0, 0]);
    }
    const { items } = list.parse((await api.get('/fan-outs?group=ops&state=released')).body);
    assert.deepEqual(
      items.map(({ fanOutId }) => fanOutId),
      [one.fanOutId],
    );
  });

  it('are listed in pages, also when one ends between two of them', async () => {
    const page = async (query: string) => {
      const { items, nextCursor } = list.parse(
        (await api.get(`/fan-outs?group=paged&state=live&limit=2${query}`)).body,
      );
      return { ids: items.map(({ fanOutId }) => fanOutId), next: nextCursor };
    };
    await api.put('/groups/paged', { name: 'Paged' });
    const ids: string[] = [];
    for (let time = 0; time < 4; time++) ids.unshift((await grant({ groupId: 'paged' })).fanOutId);
    const first = await page('');
    await api.post(`/fan-outs/${first.ids[1]}/release`, {});
    const second = await page(`&cursor=${first.next ?? ''}`);
    assert.deepEqual([...first.ids, ...second.ids].sort(), ids.sort());
    assert.equal(second.next, null);
    for (const key of ['x', '1 fo_1', 'x'.repeat(20)]) {
      const cursor = Buffer.from(JSON.stringify([key])).toString('base64url');
      assert.equal(codeOf(await api.get(`/fan-outs?cursor=${cursor}`)), 'invalidCursor', key);
    }
  });

  it('take what a correction took back out of their spend', async () => {
    const one = await grant({ items: 1, estimatedCostMicrosPerItem: 500 });
    const record = recordWith({ groupId: 'eng', fanOutId: one.fanOutId, costMicros: 200 });
    await api.meter([record]);
    await api.post('/metering/voids', { source: 'test', id: record.id, reason: 'metered twice' });
    assert.deepEqual([(await show(one.fanOutId)).spentMicros, (await show(one.fanOutId)).heldMicros], [0, 500]);
  });

  it('give the same grant for the same request, and refuse another with its id', async () => {
    const asked = fanOutWith({ items: 3 });
    const one = granted(await api.post('/fan-outs', asked));
    const reordered = Object.fromEntries(Object.entries(asked).reverse());
    assert.equal(granted(await api.post('/fan-outs', reordered)).fanOutId, one.fanOutId);
    const other = await api.post('/fan-outs', { ...asked, items: 4 });
    assert.deepEqual([other.status, codeOf(other)], [409, 'requestIdConflict']);
  });

  it('take an Idempotency-Key: for one request, which is carried out once', async () => {
    const key = { 'idempotency-key': 'ask-1' };
    const asked = fanOutWith();
    const first = granted(await api.post('/fan-outs', asked, key));
    assert.equal(granted(await api.post('/fan-outs', asked, key)).fanOutId, first.fanOutId);
    const other = await api.post('/fan-outs', fanOutWith(), key);
    assert.deepEqual([other.status, codeOf(other)], [409, 'idempotencyConflict']);
    const renewal = { 'idempotency-key': 'renew-1' };
    const renew = (leaseSeconds: number) => api.post(`/fan-outs/${first.fanOutId}/renew`, { leaseSeconds }, renewal);
    const [{ body: renewed }, { body: again }] = [await renew(3_000), await renew(3_000)];
    assert.equal(expiry.parse(again).expiresAt, expiry.parse(renewed).expiresAt);
    assert.equal(codeOf(await renew(3_600)), 'idempotencyConflict');
    assert.equal(codeOf(await api.post(`/fan-outs/${first.fanOutId}/release`, {}, renewal)), 'idempotencyConflict');
  });

  it('take one Idempotency-Key for one request, also when it comes with several at once', async () => {
    const { hostname, port } = new URL(service.url);
    const head = `POST /api/v1/fan-outs HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${service.ownerKey}\r\n`;
    const requests = [1, 2, 3].map((items) => {
      const body = JSON.stringify(fanOutWith({ items }));
      const headers = `idempotency-key: asked at once\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}`;
      return `${head}${headers}${items === 3 ? '\r\nconnection: close' : ''}\r\n\r\n${body}`;
    });
    // In one piece over one connection: all of them are read in the same turn.
    const socket = connect(Number(port), hostname);
    socket.write(requests.join(''));
    const statuses = [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    assert.deepEqual(statuses, ['200', '409', '409']);
  });

  it('nest: depth, the parent’s slot and the parent’s hold', async () => {
    await api.put('/groups/slots/limits', { maxConcurrency: 2 });
    const parent = await grant({ groupId: 'slots', taskId: 't-top', items: 2, estimatedCostMicrosPerItem: 100 });
    const below = { groupId: 'slots', parentFanOutId: parent.fanOutId, items: 2, estimatedCostMicrosPerItem: 50 };
    const child = await grant({ ...below, taskId: 't-below' });
    assert.deepEqual([child.concurrency, (await capHeld(api, 'slots')).heldMicros], [1, 200]);
    const shown = await show(child.fanOutId);
    assert.deepEqual([shown.treeId, shown.depth, shown.parentFanOutId], ['t-top', 2, parent.fanOutId]);
    const third = await grant({ ...below, taskId: 't-third', parentFanOutId: child.fanOutId });
    const fourth = await api.post('/fan-outs', fanOutWith({ ...below, parentFanOutId: third.fanOutId }));
    assert.deepEqual(
      reasonsOf(fourth).map(({ code, unsatisfiable }) => [code, unsatisfiable]),
      [['treeDepth', true]],
    );
    await api.post(`/fan-outs/${parent.fanOutId}/release`, {});
    const late = await api.post('/fan-outs', fanOutWith(below));
    assert.deepEqual([late.status, codeOf(late)], [409, 'parentFanOutEnded']);
  });

  it('are refused for a group nobody knows, and nothing is stored', async () => {
    const position = async () => (await api.spend('by=group')).asOf.position;
    const before = await position();
    for (const path of ['/fan-outs', '/fan-outs/check']) {
      const answer = await api.post(path, fanOutWith({ groupId: 'Slots' }));
      assert.deepEqual([answer.status, codeOf(answer)], [404, 'unknownGroup']);
      assert.match(z.object({ detail: z.string() }).parse(answer.body).detail, /knows the group Slots; there is slots/);
    }
    assert.equal(await position(), before);
    const key = await keyOf('scheduler', ['ops', 'Eng']);
    const elsewhere = await key.post('/fan-outs', fanOutWith({ groupId: 'Slots' }));
    assert.deepEqual([elsewhere.status, codeOf(elsewhere)], [403, 'groupNotAllowed'], 'whether or not it exists');
    const own = await key.post('/fan-outs', fanOutWith({ groupId: 'Eng' }));
    assert.deepEqual([own.status, codeOf(own)], [404, 'unknownGroup']);
    assert.doesNotMatch(JSON.stringify(own.body), /there is eng/, 'a limited key is not told of others');
  });

  it('are decided as unassigned for a group nobody knows, if the organisation says so', async () => {
    await api.put('/organisation', { unknownGroups: 'unassigned' });
    const asked = fanOutWith({ groupId: 'nobody-knows', userId: 'never-seen' });
    const one = granted(await api.post('/fan-outs', asked));
    assert.equal(one.groupId, 'unassigned');
    const denied = await api.post('/fan-outs', fanOutWith({ groupId: 'nobody-knows', items: 1_000 }));
    assert.equal(
      z.object({ decision: z.literal('denied'), groupId: z.string() }).parse(denied.body).groupId,
      'unassigned',
    );
    await api.put('/organisation', { unknownGroups: 'refuse' });
    assert.equal(granted(await api.post('/fan-outs', asked)).fanOutId, one.fanOutId, 'what was granted is found again');
  });

  it('are decided for the user’s own group when none is named, else for unassigned', async () => {
    await api.put('/users/u-of-ops', { name: 'Of Ops', groupId: 'ops' });
    const own = { groupId: undefined, userId: 'u-of-ops', items: 1 };
    assert.equal((await grant(own)).groupId, 'ops');
    assert.equal((await grant({ ...own, userId: 'never-seen' })).groupId, 'unassigned');
    const key = await keyOf('scheduler', ['ops']);
    assert.equal(granted(await key.post('/fan-outs', fanOutWith(own))).groupId, 'ops');
    const others = fanOutWith({ ...own, userId: 'never-seen' });
    assert.equal(granted(await api.post('/fan-outs', others)).groupId, 'unassigned');
    for (const asked of [others, fanOutWith({ ...own, userId: 'never-seen' })]) {
      const answer = await key.post('/fan-outs', asked);
      assert.deepEqual([answer.status, codeOf(answer)], [403, 'groupNotAllowed'], 'nor what was granted to others');
    }
  });

  it('are decided like anybody for an unknown user', async () => {
    await api.put('/limits', { maxConcurrencyPerUser: 1 });
    const first = await grant({ userId: 'also-never-seen', items: 5 });
    assert.equal(first.concurrency, 1);
    await api.put('/limits', { maxConcurrencyPerUser: null });
  });

  it('are denied with every reason under an enforced cap, and the check says the same and changes nothing', async () => {
    const settings = { policy: { kind: 'fixed', capMicros: 1_000 }, overrideFirstQuarter: true, reason: 'a test' };
    await api.put('/groups/capped/cap', { ...settings, enforcement: 'enforce' });
    const held = await grant({ groupId: 'capped', items: 6, estimatedCostMicrosPerItem: 100, leaseSeconds: 3_600 });
    const asked = fanOutWith({ groupId: 'capped', items: 5, estimatedCostMicrosPerItem: 100 });
    const expected = { code: 'groupCapExhausted', scope: 'group:capped', limit: 1_000, used: 600, requested: 500 };
    const before = (await api.get('/fan-outs?group=capped')).body;
    for (const path of ['/fan-outs/check', '/fan-outs', '/fan-outs/check']) {
      const [{ retryAfterSeconds, ...reason }, ...more] = reasonsOf(await api.post(path, asked));
      assert.deepEqual([reason, more], [expected, []]);
      assert.ok(retryAfterSeconds !== undefined && retryAfterSeconds > 3_500 && retryAfterSeconds <= 3_600);
    }
    const would = await api.post('/fan-outs/check', { ...asked, items: 4 });
    assert.equal(z.object({ decision: z.string() }).parse(would.body).decision, 'granted');
    assert.ok(!('fanOutId' in z.record(z.string(), z.unknown()).parse(would.body)));
    assert.deepEqual(
      z.object({ items: z.array(z.unknown()) }).parse((await api.get('/fan-outs?group=capped')).body).items.length,
      1,
    );
    assert.deepEqual(
      list.parse(before).items.map(({ fanOutId }) => fanOutId),
      [held.fanOutId],
    );
    assert.equal((await capHeld(api, 'capped')).availableMicros, 400);
    await api.put('/groups/capped/cap', { ...settings, enforcement: 'alert' });
    const told = await api.post('/fan-outs', asked);
    assert.equal(granted(told).wouldHaveDenied, true);
    assert.deepEqual(
      granted(told).reasons.map(({ code }) => code),
      ['groupCapExhausted'],
    );
  });

  it('follow limits: set, shown, seen before they are edited, taken away, and paused', async () => {
    const first = await api.put('/groups/ops/limits', { maxItemsPerFanOut: 3, maxTreeDepth: 1 });
    const etag = first.headers.get('etag') ?? '';
    const shown = z.object({
      maxItemsPerFanOut: z.number().nullable(),
      effective: z.object({ itemsPerFanOut: z.number() }),
    });
    assert.deepEqual(shown.parse(first.body), { maxItemsPerFanOut: 3, effective: { itemsPerFanOut: 3 } });
    const denied = reasonsOf(await api.post('/fan-outs', fanOutWith({ groupId: 'ops', items: 4 })));
    assert.deepEqual(
      denied.map(({ code, unsatisfiable }) => [code, unsatisfiable]),
      [['itemsPerFanOut', true]],
    );
    const second = await api.put('/groups/ops/limits', { maxItemsPerFanOut: null }, { 'if-match': etag });
    assert.deepEqual(shown.parse(second.body), { maxItemsPerFanOut: null, effective: { itemsPerFanOut: 200 } });
    const stale = await api.put('/groups/ops/limits', { paused: true }, { 'if-match': etag });
    assert.deepEqual([stale.status, codeOf(stale)], [412, 'staleVersion']);
    await api.put('/groups/ops/limits', { paused: true, reason: 'a runaway' });
    await api.put('/limits', { paused: true });
    const paused = reasonsOf(await api.post('/fan-outs', fanOutWith({ groupId: 'ops', items: 1 })));
    assert.deepEqual(
      paused.map(({ code }) => code),
      ['organisationPaused', 'groupPaused'],
    );
    await api.put('/limits', { paused: false });
    await api.put('/groups/ops/limits', { paused: false });
    await grant({ groupId: 'ops' });
    const unknown = await api.put('/groups/nobody/limits', { paused: true });
    assert.deepEqual([unknown.status, codeOf(unknown)], [404, 'unknownGroup']);
  });

  it('expire by themselves, and are not renewed after that', async () => {
    const one = await grant({ groupId: 'ops', leaseSeconds: 1, items: 2, estimatedCostMicrosPerItem: 7 });
    const heldBefore = (await capHeld(api, 'ops')).heldMicros;
    while ((await show(one.fanOutId)).state === 'live') await wait(50);
    assert.equal((await show(one.fanOutId)).state, 'expired');
    assert.equal((await capHeld(api, 'ops')).heldMicros, heldBefore - 14);
    const late = await api.post(`/fan-outs/${one.fanOutId}/renew`, {});
    assert.deepEqual([late.status, codeOf(late)], [409, 'leaseEnded']);
    const released = granted(await api.post(`/fan-outs/${one.fanOutId}/release`, {}));
    assert.equal(released.state, 'expired', 'what has ended stays as it ended');
  });

  const bad: readonly (readonly [
    what: string,
    changes: Readonly<Record<string, unknown>>,
    status: number,
    code: string,
  ])[] = [
    ['no items', { items: 0 }, 400, 'invalidValue'],
    ['negative items', { items: -1 }, 400, 'invalidValue'],
    ['half an item', { items: 1.5 }, 400, 'invalidValue'],
    ['items in words', { items: 'many' }, 400, 'invalidValue'],
    ['items left out', { items: undefined }, 400, 'missingField'],
    ['more items than one fan-out may have', { items: 1_000_001 }, 400, 'invalidValue'],
    ['more items than can be counted', { items: 2 ** 53 }, 400, 'invalidValue'],
    ['no concurrency', { concurrency: 0 }, 400, 'invalidValue'],
    ['an estimate of nothing', { estimatedCostMicrosPerItem: 0 }, 400, 'invalidValue'],
    ['an estimate above 2^53', { estimatedCostMicrosPerItem: 2 ** 53 + 2 }, 400, 'invalidValue'],
    ['an estimate that is no number', { estimatedCostMicrosPerItem: 'NaN' }, 400, 'invalidValue'],
    ['an estimate of null', { estimatedCostMicrosPerItem: null }, 400, 'invalidValue'],
    ['a hold that passes 2^53', { items: 2, estimatedCostMicrosPerItem: 2 ** 53 - 1 }, 400, 'holdTooLarge'],
    ['a lease of two hours', { leaseSeconds: 7_200 }, 400, 'invalidValue'],
    ['a request id of nothing', { requestId: '' }, 400, 'invalidValue'],
    ['an unknown field', { itms: 1 }, 400, 'unknownField'],
    ['an unknown parent', { parentFanOutId: 'fo_none' }, 404, 'unknownParentFanOut'],
  ];
  for (const [what, changes, status, code] of bad) {
    it(`refuse ${what}: ${code}`, async () => {
      for (const path of ['/fan-outs', '/fan-outs/check']) {
        const answer = await api.post(path, fanOutWith(changes));
        assert.deepEqual([answer.status, codeOf(answer)], [status, code], JSON.stringify(answer.body));
      }
    });
  }

  it('may have a million items, and count those of many exactly', async () => {
    const limit = (maxItemsPerFanOut: number) => api.put('/groups/vast/limits', { ...many, maxItemsPerFanOut });
    const many = { maxTreeItems: 10_000_000, maxSpawnsPerMinute: 10_000_000, maxConcurrency: 2_000_000 };
    await api.put('/groups/vast', { name: 'Vast' });
    const tooMany = await limit(1_000_001);
    assert.deepEqual([tooMany.status, codeOf(tooMany)], [400, 'invalidValue']);
    assert.equal((await limit(1_000_000)).status, 200);
    const vast = { groupId: 'vast', items: 1_000_000, concurrency: 1_000_000, estimatedCostMicrosPerItem: 1 };
    const leases = [await grant(vast), await grant(vast)];
    const [{ code, used }] = reasonsOf(await api.post('/fan-outs', fanOutWith(vast)));
    assert.deepEqual([code, used], ['groupConcurrency', 2_000_000]);
    for (const { fanOutId } of leases) await api.post(`/fan-outs/${fanOutId}/release`, {});
  });

  it('refuse infinity, whichever way it is written', async () => {
    const body = JSON.stringify(fanOutWith()).replace(/"items":\d+/, '"items":1e999');
    const answer = await api.post('/fan-outs', body);
    assert.deepEqual([answer.status, codeOf(answer)], [400, 'invalidValue']);
  });

  it('refuse a task of another tree, an unknown id, and a bad renewal', async () => {
    const parent = await grant({ taskId: 't-one' });
    await grant({ taskId: 't-two' });
    const elsewhere = await api.post('/fan-outs', fanOutWith({ taskId: 't-two', parentFanOutId: parent.fanOutId }));
    assert.deepEqual([elsewhere.status, codeOf(elsewhere)], [409, 'parentOfAnotherTree']);
    for (const answer of [
      await api.get('/fan-outs/fo_none'),
      await api.post('/fan-outs/fo_none/renew', {}),
      await api.post('/fan-outs/fo_none/release', {}),
    ]) {
      assert.deepEqual([answer.status, codeOf(answer)], [404, 'unknownFanOut']);
    }
    const renewal = await api.post(`/fan-outs/${parent.fanOutId}/renew`, { remainingItems: -1 });
    assert.deepEqual([renewal.status, codeOf(renewal)], [400, 'invalidValue']);
  });

  it('stay within the groups of a key', async () => {
    const key = await keyOf('scheduler', ['ops']);
    const mine = granted(await key.post('/fan-outs', fanOutWith({ groupId: 'ops', items: 1 })));
    const other = await grant({ groupId: 'eng' });
    for (const path of ['/fan-outs', '/fan-outs/check']) {
      const answer = await key.post(path, fanOutWith({ groupId: 'eng' }));
      assert.deepEqual([answer.status, codeOf(answer)], [403, 'groupNotAllowed']);
    }
    for (const way of ['renew', 'release']) {
      assert.equal((await key.post(`/fan-outs/${other.fanOutId}/${way}`, {})).status, 404);
    }
    const below = await key.post('/fan-outs', fanOutWith({ groupId: 'ops', parentFanOutId: other.fanOutId }));
    assert.deepEqual([below.status, codeOf(below)], [404, 'unknownParentFanOut'], 'nor its slots');
    assert.equal((await key.get(`/fan-outs/${other.fanOutId}`)).status, 404);
    assert.equal((await key.get('/fan-outs?group=eng')).status, 403);
    const { items } = list.parse((await key.get('/fan-outs')).body);
    assert.deepEqual(new Set(items.map(({ groupId }) => groupId)), new Set(['ops']));
    assert.equal((await key.post(`/fan-outs/${mine.fanOutId}/release`, {})).status, 200);
  });

  it('are renewed and released by the key that asked, also for a group that nobody knows yet', async () => {
    await api.put('/organisation', { unknownGroups: 'unassigned' });
    const key = await keyOf('scheduler', ['to-be-founded']);
    const one = granted(await key.post('/fan-outs', fanOutWith({ groupId: 'to-be-founded' })));
    assert.equal(one.groupId, 'unassigned');
    assert.equal((await key.get(`/fan-outs/${one.fanOutId}`)).status, 200);
    for (const way of ['renew', 'release']) {
      assert.equal((await key.post(`/fan-outs/${one.fanOutId}/${way}`, {})).status, 200, way);
    }
    const another = await grant({ groupId: 'unassigned' });
    assert.equal((await key.post(`/fan-outs/${another.fanOutId}/release`, {})).status, 404, 'nobody else’s');
  });
});
