import assert from 'node:assert/strict';
import { z } from 'zod';
import { apiOf, codeOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { fanOutWith, granted } from '#test/support/fan-outs.js';
import { startOnFreshDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

/** The same letters, composed and not. */
const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
const madeKey = z.object({ key: z.string(), groups: z.array(z.string()).nullable(), source: z.string().nullable() });
const groupList = z.object({ items: z.array(z.object({ groupId: z.string() })) });
const at = (id: string): string => encodeURIComponent(id);

describe('ids that look alike', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    await api.put('/groups/team-a', { name: 'Team A' });
    await api.put('/groups/growth', { name: 'Growth' });
  });
  afterAll(() => service.dispose());

  const groups = async () => groupList.parse((await api.get('/groups')).body).items.map(({ groupId }) => groupId);
  const outcomeOf = async (record: object) => {
    const { accepted, duplicates, rejected } = await api.meter([record]);
    return rejected.length > 0 ? rejected[0].code : accepted === 1 ? 'accepted' : `duplicates: ${String(duplicates)}`;
  };

  const alike: readonly (readonly [what: string, id: string])[] = [
    ['a blank at the end', 'team-a '],
    ['a no-break space at the front', '\u00a0team-a'],
    ['a character that does not show', 'te\u200bam-a'],
  ];
  for (const [what, id] of alike) {
    it(`are refused with ${what}: a record, a group, a membership, a user, a key, a fan-out and a finish`, async () => {
      const before = await groups();
      assert.equal(await outcomeOf(recordWith({ groupId: id })), 'invalidId');
      for (const field of ['taskId', 'parentTaskId', 'userId', 'scheduleId', 'fanOutId', 'skill', 'plugin']) {
        assert.equal(await outcomeOf(recordWith({ [field]: id })), 'invalidId', field);
      }
      for (const field of ['connector', 'tool']) {
        assert.equal(await outcomeOf(recordWith({ [field]: id })), 'invalidId', field);
      }
      const answers = [
        await api.put(`/groups/${at(id)}`, { name: 'Team A' }),
        await api.put('/users/u-1', { name: 'One', groupId: id }),
        await api.put(`/users/${at(id)}`, { name: 'One', groupId: 'team-a' }),
        await api.post('/api-keys', { name: 'k', role: 'scheduler', groups: ['team-a', id] }),
        await api.post('/api-keys', { name: 'k', role: 'metering', source: id }),
        await api.post(`/tasks/${at(id)}/finish`, { status: 'succeeded', at: '2026-11-20T12:00:00Z' }),
        ...(await Promise.all(
          ['requestId', 'groupId', 'userId', 'taskId', 'skill', 'pattern'].flatMap((field) =>
            ['/fan-outs', '/fan-outs/check'].map((path) =>
              api.post(path, fanOutWith({ groupId: 'team-a', [field]: id })),
            ),
          ),
        )),
      ];
      for (const answer of answers) assert.deepEqual([answer.status, codeOf(answer)], [400, 'invalidId']);
      assert.deepEqual(await groups(), before);
    });
  }

  it('are refused by the codes there were, for a control character and for half a pair', async () => {
    assert.equal(await outcomeOf(recordWith({ groupId: 'team\ta' })), 'controlCharacter');
    assert.equal(await outcomeOf(recordWith({ userId: '\ud800' })), 'loneSurrogate');
  });

  it('are one when only their letters are composed otherwise, wherever they are named', async () => {
    const record = recordWith({
      groupId: decomposed,
      userId: `u-${decomposed}`,
      skill: decomposed,
      taskId: decomposed,
    });
    assert.equal(await outcomeOf(record), 'accepted');
    assert.equal(await outcomeOf(record), 'duplicates: 1', 'it is normalised the same way again');
    assert.equal(await outcomeOf({ ...record, groupId: composed, skill: composed }), 'duplicates: 1');
    assert.equal(await outcomeOf({ ...record, skill: 'another' }), 'identityConflict');
    assert.equal(await outcomeOf(recordWith({ groupId: composed })), 'accepted');
    await api.put(`/groups/${at(decomposed)}`, { name: 'Café' });
    await api.put(`/users/${at(`u-${decomposed}`)}`, { name: 'Renée', groupId: decomposed });
    assert.deepEqual(
      (await groups()).filter((id) => id.startsWith('caf')),
      [composed],
    );
    for (const id of [composed, decomposed]) {
      const { body } = await api.get(`/groups/${at(id)}`);
      const group = z.object({ groupId: z.string(), name: z.string(), members: z.array(z.string()) }).parse(body);
      assert.deepEqual(group, { groupId: composed, name: 'Café', members: [`u-${composed}`] });
      const { totalMicros, records } = await api.spend(`by=skill&group=${at(id)}`);
      assert.deepEqual([totalMicros, records], [2_000, 2]);
      assert.equal((await api.get(`/tasks/${at(id)}`)).status, 200);
      assert.equal((await api.put(`/groups/${at(id)}/limits`, { maxConcurrency: 100 })).status, 200);
      assert.equal((await api.get(`/groups/${at(id)}/cap`)).status, 200);
      assert.equal(granted(await api.post('/fan-outs', fanOutWith({ groupId: id }))).groupId, composed);
    }
  });

  it('find the same grant when the same request comes again', async () => {
    const asked = fanOutWith({ groupId: decomposed, requestId: `q-${decomposed}`, skill: decomposed });
    const first = granted(await api.post('/fan-outs', asked));
    assert.equal(granted(await api.post('/fan-outs', asked)).fanOutId, first.fanOutId);
  });

  it('limit a key to the group as it is stored, and to no other', async () => {
    const asked = { name: 'k', role: 'metering', groups: [decomposed], source: `s-${decomposed}` };
    const made = madeKey.parse((await api.post('/api-keys', asked)).body);
    assert.deepEqual([made.groups, made.source], [[composed], `s-${composed}`]);
    const key = apiOf(service, made.key);
    const send = async (groupId: string) => key.meter([recordWith({ source: undefined, groupId })]);
    assert.equal((await send(decomposed)).accepted, 1);
    assert.equal((await send(composed)).accepted, 1);
    assert.deepEqual(
      (await send('growth')).rejected.map(({ code }) => code),
      ['groupNotAllowed'],
    );
  });

  it('are identities as they were sent: source and id are never normalised', async () => {
    const record = recordWith({ source: `s ${composed} `, id: ` ${composed}` });
    assert.equal(await outcomeOf(record), 'accepted');
    assert.equal(await outcomeOf({ ...record, id: ` ${decomposed}`, costMicros: 2 }), 'accepted');
    assert.equal(await outcomeOf({ ...record, id: composed }), 'accepted');
    assert.equal(await outcomeOf(record), 'duplicates: 1');
    const { source, id } = record;
    assert.equal((await api.post('/metering/voids', { source, id, reason: 'a test' })).status, 200);
  });

  it('are two when case differs', async () => {
    await api.put('/groups/Team-A', { name: 'Another' });
    assert.deepEqual(
      (await groups()).filter((id) => id.toLowerCase() === 'team-a'),
      ['Team-A', 'team-a'],
    );
  });
});
