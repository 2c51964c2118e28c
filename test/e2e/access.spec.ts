import assert from 'node:assert/strict';
import { formatAtStart } from '#event-sourcing/format/format.js';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { apiOf, codeOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { fanOutWith } from '#test/support/fan-outs.js';
import { readLogOf } from '#test/support/engine.js';
import { startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const roles = ['owner', 'admin', 'finance', 'member', 'metering', 'scheduler'] as const;
type Role = (typeof roles)[number];

const madeKey = z.object({ id: z.string(), key: z.string(), role: z.string(), revoked: z.boolean() });
const makeKey = async (api: Api, data: Readonly<Record<string, unknown>>) => {
  const { status, body } = await api.post('/api-keys', { name: 'a key', ...data });
  assert.equal(status, 201, JSON.stringify(body));
  return madeKey.parse(body);
};

/** Every route, and who may use it. The owner may use all. */
const everybody: readonly Role[] = roles;
const readers: readonly Role[] = ['member', 'finance', 'admin'];
const prices = { inputMicros: 1, outputMicros: 1, cacheReadMicros: 1, cacheWrite5mMicros: 1, cacheWrite1hMicros: 1 };
const range = { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' };
const routes: readonly (readonly [method: string, path: string, allowed: readonly Role[], body?: unknown])[] = [
  ['GET', '/organisation', everybody],
  ['PUT', '/organisation', [], { name: 'Acme' }],
  ['POST', '/metering', ['metering'], []],
  ['POST', '/metering?allowOld=true', [], []],
  ['POST', '/metering/voids', ['admin'], { source: 'none', id: 'none', reason: 'a test' }],
  [
    'POST',
    '/metering/reattributions',
    ['admin'],
    { filter: { user: 'nobody' }, ...range, groupId: 'eng', reason: 'a test' },
  ],
  ['GET', '/jobs/none', ['admin']],
  ['POST', '/tasks/t-role/finish', ['metering'], { status: 'succeeded', at: '2026-11-20T00:00:00Z' }],
  ['GET', '/tasks/t-1', readers],
  ['GET', '/spend', readers],
  ['GET', '/groups', readers],
  ['GET', '/groups/eng', readers],
  ['PUT', '/groups/eng', ['admin'], { name: 'Engineering' }],
  ['GET', '/groups/eng/cap', readers],
  ['GET', '/groups/eng/cap/history', readers],
  ['PUT', '/groups/eng/cap', ['admin'], { enforcement: 'alert' }],
  ['POST', '/groups/eng/cap/top-ups', ['admin'], { period: '2999-12', amountMicros: 1, reason: 'a test' }],
  ['PUT', '/users/u-role', ['admin'], { name: 'Role', groupId: 'eng' }],
  ['GET', '/prices', everybody],
  ['POST', '/prices', ['admin'], { model: 'acme-role', prices }],
  ['GET', '/alerts', ['member', 'admin']],
  ['GET', '/alerts/none', ['member', 'admin']],
  ['POST', '/alerts/none/acknowledge', ['member', 'admin']],
  ['POST', '/alerts/none/resolve', ['member', 'admin']],
  ['POST', '/alerts/none/feedback', ['member', 'admin'], { feedback: 'useful' }],
  ['GET', '/audit', ['admin']],
  ['GET', '/clock', ['admin']],
  ['POST', '/clock/confirm', [], { reason: 'a test' }],
  ['POST', '/fan-outs', ['scheduler'], fanOutWith()],
  ['POST', '/fan-outs/check', ['scheduler'], fanOutWith()],
  ['POST', '/fan-outs/none/renew', ['scheduler'], {}],
  ['POST', '/fan-outs/none/release', ['scheduler'], {}],
  ['GET', '/fan-outs', ['scheduler', 'admin']],
  ['GET', '/fan-outs/none', ['scheduler', 'admin']],
  ['GET', '/limits', everybody],
  ['PUT', '/limits', ['admin'], { maxTreeDepth: 3 }],
  ['GET', '/groups/eng/limits', everybody],
  ['PUT', '/groups/eng/limits', ['admin'], { maxTreeDepth: 3 }],
  ['GET', '/api-keys', []],
  ['POST', '/api-keys', [], { name: 'another', role: 'finance' }],
  ['DELETE', '/api-keys/none', []],
];

describe('who may do what', () => {
  let service: FreshService;
  let api: Api;
  const apis = new Map<Role, Api>();
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    for (const role of roles) {
      const { key } = await makeKey(api, { role, ...(role === 'member' && { groups: ['eng'] }) });
      apis.set(role, apiOf(service, key));
    }
    await api.meter([recordWith({ groupId: 'eng' }), recordWith({ groupId: 'ops', taskId: 't-ops' })]);
  });
  afterAll(() => service.dispose());

  for (const [method, path, allowed, body] of routes) {
    it(`${method} ${path}: ${['owner', ...allowed.filter((role) => role !== 'owner')].join(', ')}`, async () => {
      for (const role of roles) {
        const { call } = apis.get(role) ?? api;
        const answer = await call(method, `/api/v1${path}`, body);
        const isAllowed = role === 'owner' || allowed.includes(role);
        // What is allowed may still be about something that is not there.
        assert.ok(
          isAllowed ? answer.status < 300 || answer.status === 404 : answer.status === 403,
          `${role}: ${String(answer.status)}`,
        );
        if (!isAllowed) assert.equal(codeOf(answer), 'roleNotAllowed');
      }
      for (const key of ['', 'bursar_owner_made_up']) {
        const answer = await apiOf(service, key).call(method, `/api/v1${path}`, body);
        assert.deepEqual(
          [answer.status, codeOf(answer), answer.headers.get('www-authenticate')],
          [401, key === '' ? 'keyMissing' : 'keyUnknown', 'Bearer'],
        );
      }
    });
  }

  it('takes the name of the scheme in any case', async () => {
    for (const scheme of ['bearer', 'BEARER']) {
      const authorization = `${scheme} ${service.ownerKey}`;
      assert.equal((await api.call('GET', '/api/v1/organisation', undefined, { authorization })).status, 200);
    }
  });

  it('shows a member its own groups and nothing of the others', async () => {
    const member = apis.get('member') ?? api;
    const { items, totalMicros } = await member.spend('by=group');
    assert.deepEqual(
      items.map(({ group }) => group),
      ['eng'],
    );
    assert.equal(totalMicros, (await api.spend('by=group&group=eng')).totalMicros);
    for (const by of ['user', 'day', 'user,skill']) {
      assert.equal((await member.spend(`by=${by}`)).totalMicros, totalMicros, by);
    }
    const refused = await member.get('/spend?group=ops');
    assert.deepEqual([refused.status, codeOf(refused)], [403, 'groupNotAllowed']);
    for (const path of ['/tasks/t-ops', '/groups/ops']) assert.equal((await member.get(path)).status, 404, path);
    const groups = z
      .object({ items: z.array(z.object({ groupId: z.string() })) })
      .parse((await member.get('/groups')).body);
    assert.deepEqual(
      groups.items.map(({ groupId }) => groupId),
      ['eng'],
    );
  });

  it('shows a key once, and never its hash', async () => {
    const { id, key } = await makeKey(api, { role: 'finance' });
    const { body } = await api.get('/api-keys?limit=1000');
    const text = JSON.stringify(body);
    assert.ok(text.includes(id));
    assert.ok(!text.includes(key) && !/[0-9a-f]{64}/.test(text));
  });

  it('stops a revoked key at once', async () => {
    const { id, key } = await makeKey(api, { role: 'finance' });
    const finance = apiOf(service, key);
    assert.equal((await finance.get('/spend')).status, 200);
    assert.equal((await api.call('DELETE', `/api/v1/api-keys/${id}`)).status, 200);
    const refused = await finance.get('/spend');
    assert.deepEqual([refused.status, codeOf(refused)], [401, 'keyUnknown']);
    assert.equal((await api.call('DELETE', `/api/v1/api-keys/${id}`)).status, 200, 'revoking again changes nothing');
  });

  it('stops a key when it expires', async () => {
    const expiresAt = Date.now() + 1_500;
    const { key } = await makeKey(api, { role: 'finance', expiresAt: new Date(expiresAt).toISOString() });
    assert.equal((await apiOf(service, key).get('/spend')).status, 200);
    await wait(expiresAt - Date.now() + 5);
    assert.equal((await apiOf(service, key).get('/spend')).status, 401);
  });

  it('takes one Idempotency-Key for one request, also when it comes with several at once', async () => {
    for (let round = 0; round < 10; round++) {
      const key = { 'idempotency-key': `at once ${String(round)}` };
      const answers = await Promise.all(
        ['a', 'b', 'c'].map((name) => api.put(`/groups/${name}-${String(round)}`, { name }, key)),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
      const refused = answers.filter(({ status }) => status === 409);
      assert.deepEqual(refused.map(codeOf), ['idempotencyConflict', 'idempotencyConflict']);
    }
  });

  it('carries out a command once per Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'make-one' };
    const data = { name: 'once', role: 'finance' };
    const first = await api.post('/api-keys', data, headers);
    const again = await api.post('/api-keys', data, headers);
    const shown = z.object({ id: z.string(), key: z.string().nullable() });
    assert.equal(shown.parse(again.body).id, shown.parse(first.body).id, 'the same key');
    assert.equal(shown.parse(again.body).key, null, 'it is shown once');
    const other = await api.post('/api-keys', { ...data, name: 'twice' }, headers);
    assert.deepEqual([other.status, codeOf(other)], [409, 'idempotencyConflict']);

    const record = recordWith();
    await api.meter([record]);
    const body = { source: 'test', id: record.id, reason: 'a test' };
    const voids = await Promise.all(
      [1, 2].map(() => api.post('/metering/voids', body, { 'idempotency-key': 'void-it' })),
    );
    assert.deepEqual(
      voids.map(({ status }) => status),
      [200, 200],
      'a repeat is no second void',
    );
  });

  it('changes what the caller has seen, and nothing else: If-Match', async () => {
    for (const [path, body] of [
      ['/groups/match', (name: string) => ({ name })],
      ['/users/match', (name: string) => ({ name, groupId: 'eng' })],
      ['/organisation', (name: string) => ({ name })],
      ['/limits', (name: string) => ({ maxTreeDepth: name.length, maxTreeItems: name === 'two' ? 5 : null })],
    ] as const) {
      const first = await api.put(path, body('one'));
      const etag = first.headers.get('etag') ?? '';
      assert.match(etag, /^"-?\d+"$/, path);
      assert.equal((await api.put(path, body('two'), { 'if-match': etag })).status, 200, path);
      const stale = await api.put(path, body('three'), { 'if-match': etag });
      assert.deepEqual([stale.status, codeOf(stale)], [412, 'staleVersion'], path);
      assert.equal((await api.put(path, body('four'))).status, 200, 'it works without');
    }
    assert.equal((await api.put('/groups/match', { name: 'x' }, { 'if-match': 'nonsense' })).status, 412);
  });

  it('changes only what is there, and creates only what is not: If-Match: * and If-None-Match: *', async () => {
    await api.meter([recordWith({ groupId: 'metered' })]);
    await api.put('/groups/known', { name: 'Known' });
    await api.put('/users/known', { name: 'Known', groupId: 'eng' });
    const created = { '/groups/new-one': { name: 'x' }, '/users/new-one': { name: 'x', groupId: 'eng' } };
    const there = {
      '/groups/known': { name: 'x' },
      '/groups/metered': { name: 'x' },
      '/users/known': { name: 'x', groupId: 'eng' },
      '/groups/known/cap': { enforcement: 'observe' },
      '/groups/known/limits': { maxTreeDepth: 2 },
      '/organisation/cap': { enforcement: 'observe' },
      '/organisation': { name: 'x' },
      '/limits': { maxTreeDepth: 3 },
    };
    const change = { 'if-match': '*' };
    const create = { 'if-none-match': '*' };
    const put = async (path: string, body: object, headers: Readonly<Record<string, string>>) => {
      const answer = await api.put(path, body, headers);
      return answer.status === 200 ? 200 : [answer.status, codeOf(answer)];
    };
    for (const [path, body] of Object.entries(created)) {
      assert.deepEqual(await put(path, body, change), [412, 'staleVersion'], path);
      assert.equal(await put(path, body, create), 200, path);
      assert.deepEqual(await put(path, body, create), [412, 'staleVersion'], path);
      assert.equal(await put(path, body, change), 200, path);
    }
    for (const [path, body] of Object.entries(there)) {
      assert.deepEqual(await put(path, body, create), [412, 'staleVersion'], path);
      assert.equal(await put(path, body, change), 200, path);
    }
    assert.deepEqual(await put('/limits', {}, { 'if-none-match': 'nonsense' }), [400, 'invalidValue']);
    const etag = (await api.get('/limits')).headers.get('etag') ?? '';
    const lists = { 'if-match': `"7000", W/${etag}` };
    assert.equal(await put('/limits', { maxTreeDepth: 4 }, lists), 200, 'a list, made weak on the way');
    const again = { 'idempotency-key': 'made once', ...create };
    assert.equal(await put('/groups/once', { name: 'x' }, again), 200);
    assert.equal(await put('/groups/once', { name: 'x' }, again), 200, 'a repeat is answered as the first was');
  });
});

describe('what the log says about who did it', () => {
  it('keeps actor and reason with every event, keys only as hashes, and the last owner key alive', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      const api = apiOf(service);
      const keys = z.object({ items: z.array(z.object({ id: z.string() })) }).parse((await api.get('/api-keys')).body);
      const [{ id: ownerId }] = keys.items;
      const last = await api.call('DELETE', `/api/v1/api-keys/${ownerId}`);
      assert.deepEqual([last.status, codeOf(last)], [409, 'lastOwnerKey']);

      const admin = await makeKey(api, { role: 'admin', reason: 'Ana runs operations' });
      await apiOf(service, admin.key).put('/groups/eng', { name: 'Engineering', reason: 'the new name' });
      await apiOf(service, admin.key).put('/users/ana', { name: 'Ana', groupId: 'eng' }, { 'x-reason': 'she joined' });
      await api.meter([recordWith({ id: 'gone' })]);
      await apiOf(service, admin.key).post('/metering/voids', { source: 'test', id: 'gone', reason: 'metered twice' });
      await service.stop();

      const log = await readLogOf(directory);
      const events = await log.readAll(0, 1_000);
      await log.close();
      const told = events.map(({ type, meta: { actor, reason } }) => [type, actor, reason]);
      const [owner, byAdmin] = [`apiKey:${ownerId}`, `apiKey:${admin.id}`];
      assert.deepEqual(told, [
        ['FormatRaised', 'system:start', `format ${String(formatAtStart)} is written from here on`],
        ['BuiltInPricesAdopted', 'system:start', 'edition 2 of the built-in prices rates from here on'],
        ['ApiKeyCreated', 'system:start', 'the first start'],
        ['ApiKeyCreated', owner, 'Ana runs operations'],
        ['GroupCreated', byAdmin, 'the new name'],
        ['UserProvisioned', byAdmin, 'she joined'],
        ['MembershipChosen', byAdmin, 'she joined'],
        ['OrganisationFixed', owner, 'the first record'],
        ['RecordsMetered', owner, ''],
        ['RecordVoided', byAdmin, 'metered twice'],
      ]);
      for (const { meta } of events) assert.ok(meta.commandId.length > 0 && Date.parse(meta.now) > 0);
      const text = JSON.stringify(events);
      assert.ok(!text.includes(service.ownerKey) && !text.includes(admin.key), 'no key is in the log');
    }));
});
