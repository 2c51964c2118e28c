import assert from 'node:assert/strict';
import { z } from 'zod';
import { apiOf, codeOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const fields = z.record(z.string(), z.unknown());
const page = z.object({
  items: z.array(
    z.strictObject({
      position: z.string(),
      at: z.iso.datetime(),
      actor: z.string(),
      actorName: z.string().nullable(),
      reason: z.string(),
      cause: z.string(),
      type: z.string(),
      subject: z.strictObject({ kind: z.string(), id: z.string() }),
      change: fields,
      before: fields.nullable(),
    }),
  ),
  nextCursor: z.string().nullable(),
  // A log that began today has no seal before tomorrow.
  sealed: z.null(),
  asOf: z.object({ position: z.string(), at: z.iso.datetime() }),
});
const auditOf = async (api: Api, query = '') => {
  const { status, body } = await api.get(`/audit?${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return page.parse(body);
};
const lastOf = async (api: Api, query: string) => {
  const [last] = (await auditOf(api, `${query}&limit=1`)).items;
  return last;
};
const csvOf = async (api: Api, query: string): Promise<readonly string[]> => {
  const { body, headers } = await api.call('GET', `/api/v1/audit?${query}`, undefined, { accept: 'text/csv' });
  assert.equal(headers.get('content-type'), 'text/csv; charset=utf-8');
  return z.string().parse(body).split('\r\n');
};
const madeKey = z.object({ id: z.string(), key: z.string() });
const makeKey = async (api: Api, data: object) => {
  const { status, body } = await api.post('/api-keys', { name: 'a key', role: 'admin', ...data });
  assert.equal(status, 201, JSON.stringify(body));
  return madeKey.parse(body);
};

describe('the audit', () => {
  let service: FreshService;
  let api: Api;
  let adminId: string;
  let admin: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    const { id, key } = await makeKey(api, { reason: 'Ana runs operations' });
    adminId = id;
    admin = apiOf(service, key);
    await api.put('/groups/eng', { name: 'Eng' });
    await api.put('/groups/ops', { name: 'Ops' });
  });
  afterAll(() => service.dispose());

  it('has the old name of a group that was renamed, and who renamed it and why', async () => {
    await admin.put('/groups/eng', { name: 'Engineering', reason: 'the new name' });
    const { change, before, actor, actorName, reason, subject, cause } = await lastOf(api, 'subject=group&id=eng');
    assert.deepEqual([change.name, before?.name], ['Engineering', 'Eng']);
    assert.deepEqual([actor, actorName, reason], [`apiKey:${adminId}`, 'a key', 'the new name']);
    assert.deepEqual(subject, { kind: 'group', id: 'eng' });
    assert.ok(cause.length > 0);
    assert.equal((await lastOf(api, 'type=GroupCreated&id=eng')).before, null);
  });

  it('has the reason as it was written, in UTF-8 as in Latin-1', async () => {
    const written = 'für März';
    for (const encoding of ['utf8', 'latin1'] as const) {
      const bytes = Buffer.from(written, encoding).toString('latin1');
      await admin.put('/groups/ops', { name: `Operations (${encoding})` }, { 'x-reason': bytes });
      assert.equal((await lastOf(api, 'type=GroupRenamed&id=ops')).reason, written);
    }
  });

  it('has the reason in the body when X-Reason is empty', async () => {
    await admin.put('/groups/ops', { name: 'Operations', reason: 'spelt out' }, { 'x-reason': '' });
    assert.equal((await lastOf(api, 'type=GroupRenamed&id=ops')).reason, 'spelt out');
  });

  it('has the group a user was in, and is found by it', async () => {
    await admin.put('/users/ana', { name: 'Ana', groupId: 'eng' });
    await admin.put('/users/ana', { name: 'Ana', groupId: 'ops' }, { 'x-reason': 'she moved' });
    const { change, before, reason, position } = await lastOf(api, 'type=MembershipChosen');
    assert.deepEqual([change.groupId, before?.groupId, reason], ['ops', 'eng', 'she moved']);
    for (const group of ['eng', 'ops']) {
      assert.equal((await lastOf(api, `type=MembershipChosen&group=${group}`)).position, position);
    }
  });

  it.each(['admin', 'owner'])('shows of a key neither the secret nor its hash: %s', async (role) => {
    const { id, key } = await makeKey(api, { name: 'shown', role, reason: 'a visitor' });
    await api.call('DELETE', `/api/v1/api-keys/${id}`);
    const { items } = await auditOf(api, `subject=apiKey&id=${id}`);
    assert.deepEqual(
      items.map(({ type, change, before }) => [type, change.name, before?.name]),
      [
        ['ApiKeyRevoked', undefined, 'shown'],
        ['ApiKeyCreated', 'shown', undefined],
      ],
    );
    const text = JSON.stringify([await auditOf(api, 'limit=1000'), await csvOf(api, '')]);
    assert.ok(text.includes(id) && !text.includes(key));
    assert.ok(!/[0-9a-f]{64}/.test(text) && !text.includes('secretHash'));
  });

  it('has the settings of a cap before', async () => {
    await admin.put('/groups/eng/cap', { policy: { kind: 'fixed', capMicros: 5_000_000 } });
    await admin.put('/groups/eng/cap', { policy: { kind: 'fixed', capMicros: 7_000_000 } });
    const { change, before } = await lastOf(api, 'subject=capPolicy&group=eng');
    const settings = z.object({ groupId: z.literal('eng'), policy: z.object({ capMicros: z.number() }) });
    const caps = [change, before].map((shown) => settings.parse(shown).policy.capMicros);
    assert.deepEqual(caps, [7_000_000, 5_000_000]);
  });

  it('has a void with its record, and metering for those who ask for it', async () => {
    const records = ['void-me', 'keep-me'].map((id) => recordWith({ id, groupId: 'eng', costMicros: 7 }));
    await admin.put('/groups/eng', { name: 'E' });
    await api.meter(records);
    await admin.post('/metering/voids', { source: 'test', id: 'void-me', reason: 'metered twice' });
    const { change, before, reason, subject } = await lastOf(api, 'type=RecordVoided');
    assert.deepEqual([subject, reason], [{ kind: 'record', id: 'test/void-me' }, 'metered twice']);
    assert.deepEqual([change.rowCount, before], [1, null]);

    const { items } = await auditOf(api, 'limit=1000');
    assert.ok(items.every(({ type }) => type !== 'RecordsMetered'));
    for (const order of ['newest', 'oldest']) {
      const metered = await auditOf(api, `type=RecordsMetered&order=${order}`);
      assert.deepEqual(
        metered.items.map((item) => item.change),
        [{ records: 2, groups: ['eng'], spentMicros: 14 }],
      );
    }
  });

  it('is paged in either order, each entry once, while new ones come', async () => {
    for (const order of ['newest', 'oldest']) {
      const there = (await auditOf(api, `order=${order}&limit=1000`)).items.map(({ position }) => position);
      const ascending = there.toSorted((a, b) => Number(a) - Number(b));
      assert.deepEqual(there, order === 'oldest' ? ascending : ascending.toReversed());
      const walked: string[] = [];
      let cursor: string | null = '';
      for (let made = 0; cursor !== null; made++) {
        const { items, nextCursor } = await auditOf(api, `order=${order}&limit=3${cursor && `&cursor=${cursor}`}`);
        walked.push(...items.map(({ position }) => position));
        if (made < 3) await api.put(`/groups/${order}-${String(made)}`, { name: 'one more' });
        cursor = nextCursor;
      }
      assert.deepEqual(walked.slice(0, there.length), there);
      assert.equal(walked.length, there.length + (order === 'oldest' ? 3 : 0), order);
    }
  });

  it('is filtered by who did it and by when', async () => {
    const byAdmin = await auditOf(api, `actor=apiKey:${adminId}&limit=1000`);
    assert.ok(byAdmin.items.length > 3 && byAdmin.items.every(({ actor }) => actor === `apiKey:${adminId}`));
    const [{ at }] = byAdmin.items;
    const day = at.slice(0, 10);
    assert.ok((await auditOf(api, `from=${day}`)).items.length > 0);
    assert.equal((await auditOf(api, `to=${day}T00:00:00Z&from=2020-01-01`)).items.length, 0);
    assert.ok((await auditOf(api, `from=${at}`)).items.every((item) => item.at >= at));
    assert.ok((await auditOf(api, `to=${at}`)).items.every((item) => item.at < at));
  });

  it('comes as CSV that a spreadsheet cannot run', async () => {
    await api.put('/groups/csv', { name: 'One' });
    await api.put('/groups/csv', { name: 'Two', reason: '=cmd()' });
    const [header, first, end] = await csvOf(api, 'type=GroupRenamed&id=csv');
    assert.equal(header, 'position,at,actor,actorName,reason,cause,type,subject,id,change,before');
    assert.match(first, /^\d+,[^,]+,apiKey:[^,]+,first owner key,'=cmd\(\),[^,]+,GroupRenamed,group,csv,/);
    assert.ok(first.endsWith('"{""groupId"":""csv"",""name"":""Two""}","{""groupId"":""csv"",""name"":""One""}"'));
    assert.equal(end, '');
    const all = (await auditOf(api, 'limit=1000')).items.length;
    assert.equal(
      (await csvOf(api, 'limit=1')).length,
      all + 2,
      'every entry, a header and what is behind the last line',
    );
  });

  const notAPosition = Buffer.from('["eng"]').toString('base64url');
  const bad: readonly [what: string, query: string, code: string][] = [
    ['a cursor that is none', 'cursor=nonsense', 'invalidCursor'],
    ['a cursor of another list', `cursor=${notAPosition}`, 'invalidCursor'],
    ['an instant without a zone', 'from=2026-11-01T00:00:00', 'invalidInstant'],
    ['a day that does not exist', 'to=2026-02-30', 'invalidInstant'],
    ['a range that ends before it begins', 'from=2026-11-02&to=2026-11-01', 'invalidRange'],
    ['an unknown field', 'who=me', 'unknownField'],
    ['an order that there is not', 'order=random', 'invalidValue'],
    ['a subject that there is not', 'subject=weather', 'invalidValue'],
    ['a limit of 0', 'limit=0', 'invalidValue'],
  ];
  for (const [what, query, code] of bad) {
    it(`refuses ${what}: ${code}`, async () => {
      const answer = await api.get(`/audit?${query}`);
      assert.deepEqual([answer.status, codeOf(answer)], [400, code], JSON.stringify(answer.body));
    });
  }
});

describe('the audit after a restart', () => {
  it('is what it was, from the log alone and from a snapshot', () =>
    withDirectory(async (directory) => {
      const first = await startService({ directory });
      const api = apiOf(first);
      await api.put('/groups/eng', { name: 'Eng' });
      await api.meter([recordWith()]);
      await api.put('/groups/eng', { name: 'Engineering' });
      const look = async (from: Api) => [
        (await auditOf(from, 'limit=1000')).items,
        (await auditOf(from, 'type=RecordsMetered')).items,
      ];
      const before = await look(api);
      await first.kill();
      const second = await startService({ directory, ownerKey: first.ownerKey });
      assert.deepEqual(await look(apiOf(second)), before);
      await second.stop();
      const third = await startService({ directory, ownerKey: first.ownerKey });
      assert.deepEqual(await look(apiOf(third)), before);
      await third.stop();
    }));
});
