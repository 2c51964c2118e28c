import assert from 'node:assert/strict';
import { z } from 'zod';
import { type Answer, type Api, apiOf, codeOf, recordWith } from '#test/support/api.js';
import { listen } from '#test/support/event-source.js';
import { fanOutWith, granted } from '#test/support/fan-outs.js';
import { createLimitedWorld, limitedKeys, type LimitedWorld } from '#test/support/limited-world.js';

const [member, scheduler, metering, meteringOfSource] = limitedKeys;

describe('keys that are limited', () => {
  let world: LimitedWorld;
  let owner: Api;
  let places = 0;
  beforeEach(async () => {
    world = await createLimitedWorld();
    ({ owner } = world);
  });
  afterEach(() => world.dispose());

  const engAsks = (changes: Readonly<Record<string, unknown>>): Promise<Answer> =>
    world.apiFor(scheduler).post('/fan-outs', fanOutWith({ userId: 'u-eng', items: 1, ...changes }));
  const refused = (answer: Answer, status: number, code: string): void => {
    assert.deepEqual([answer.status, codeOf(answer)], [status, code], JSON.stringify(answer.body));
    world.tellsNothing(answer.body);
  };
  const ofEng = () => ({ groupId: 'eng', userId: 'u-eng', source: 'mine', taskId: `t-${String(++places)}` });
  const meters = async (changes: Readonly<Record<string, unknown>>, api = world.apiFor(metering)): Promise<string> => {
    const { accepted, duplicates, rejected } = await api.meter([recordWith({ ...ofEng(), ...changes })]);
    world.tellsNothing(rejected.map(({ code, detail }) => [code, detail]));
    return accepted === 1 ? 'accepted' : duplicates === 1 ? 'duplicate' : rejected[0].code;
  };
  const finishes = async (taskId: string, api = world.apiFor(metering)): Promise<string> => {
    const answer = await api.post(`/tasks/${taskId}/finish`, { status: 'failed', at: '2026-11-20T00:00:00Z' });
    return answer.status === 200 ? 'finished' : codeOf(answer);
  };

  it('use up no tree of others, wherever in it they stand', async () => {
    await owner.meter([recordWith({ groupId: 'zeta', taskId: 't-zeta-leaf', parentTaskId: 't-above' })]);
    await world.grant('zeta', { taskId: 't-zeta-leaf' });
    // Metered, asked for by a fan-out, below one that is metered, and a root that others only name.
    for (const taskId of ['t-zeta', 't-zeta-root', 't-eng-cut', 't-above']) {
      const asked = fanOutWith({ userId: 'u-eng', items: 1, taskId });
      for (const path of ['/fan-outs', '/fan-outs/check']) {
        refused(await world.unchanged(() => world.apiFor(scheduler).post(path, asked)), 403, 'groupNotAllowed');
      }
    }
    refused(await engAsks({ parentFanOutId: world.zetaFanOut }), 404, 'unknownParentFanOut');
  });

  it('find the grant of a request again, whoever its tree is by now', async () => {
    const asked = fanOutWith({ userId: 'u-eng', items: 1, taskId: 't-moved' });
    const first = granted(await world.apiFor(scheduler).post('/fan-outs', asked));
    await owner.meter([recordWith({ groupId: 'eng', taskId: 't-moved', parentTaskId: 't-zeta' })]);
    assert.equal(granted(await world.apiFor(scheduler).post('/fan-outs', asked)).fanOutId, first.fanOutId);
    refused(await engAsks({ taskId: 't-moved' }), 403, 'groupNotAllowed');
  });

  it('learn from a denial nothing of what a user they share does in other groups', async () => {
    await owner.put('/groups/eng/limits', { maxConcurrencyPerUser: 1 });
    granted(await owner.post('/fan-outs', fanOutWith({ groupId: 'zeta', userId: 'u-shared', items: 1 })));
    const asked = fanOutWith({ groupId: 'eng', userId: 'u-shared', items: 1 });
    const denied = z.object({
      decision: z.literal('denied'),
      reasons: z.array(z.looseObject({ code: z.string(), limit: z.number().nullable(), used: z.number().nullable() })),
    });
    const numbersFor = async (api: Api) =>
      denied
        .parse((await api.post('/fan-outs/check', asked)).body)
        .reasons.filter(({ code }) => code === 'userConcurrency')
        .map(({ limit, used }) => [limit, used]);
    assert.deepEqual(await numbersFor(world.apiFor(scheduler)), [[null, null]]);
    assert.deepEqual(await numbersFor(owner), [[1, 1]]);
    await owner.put('/groups/eng/limits', { maxConcurrencyPerUser: null });
  });

  it('learn from an estimate or a reason nothing of what others cost, nor of the organisation', async () => {
    await owner.meter([recordWith({ groupId: 'zeta', taskId: 't-dear', skill: 'dear', costMicros: 777_777 })]);
    await owner.put('/organisation/cap', {
      policy: { kind: 'fixed', capMicros: 1_000 },
      enforcement: 'enforce',
      overrideFirstQuarter: true,
      reason: 'a test',
    });
    const question = { taskId: `t-${String(++places)}`, skill: 'dear', estimatedCostMicrosPerItem: undefined };
    const asked = fanOutWith({ userId: 'u-eng', items: 1, ...question });
    const decided = z.object({
      decision: z.literal('denied'),
      reasons: z.array(z.looseObject({ code: z.string(), limit: z.number().nullable(), used: z.number().nullable() })),
    });
    for (const path of ['/fan-outs', '/fan-outs/check']) {
      const ofKey = decided.parse((await world.apiFor(scheduler).post(path, asked)).body).reasons;
      const ofOwner = decided.parse((await owner.post(path, asked)).body).reasons;
      const numbersIn = (reasons: typeof ofKey) =>
        reasons.filter(({ code }) => code === 'organisationCapExhausted').map(({ limit, used }) => [limit, used]);
      assert.deepEqual(numbersIn(ofKey), [[null, null]], path);
      assert.equal(numbersIn(ofOwner)[0][0], 1_000, path);
      const requested = ofKey.map((reason) => reason.requested);
      assert.ok(!requested.includes(777_777), path);
      assert.ok(ofOwner.map((reason) => reason.requested).includes(777_777), path);
    }
  });

  it('have request ids of their own group', async () => {
    const { body } = await owner.post('/api-keys', { name: 'zeta', role: 'scheduler', groups: ['zeta'] });
    const zeta = apiOf(world.service, z.object({ key: z.string() }).parse(body).key);
    const ofZeta = fanOutWith({ groupId: 'zeta', userId: 'u-zeta', requestId: 'nightly' });
    const theirs = granted(await zeta.post('/fan-outs', ofZeta));
    const mine = granted(await engAsks({ requestId: 'nightly' }));
    assert.notEqual(mine.fanOutId, theirs.fanOutId);
    assert.equal(granted(await zeta.post('/fan-outs', ofZeta)).fanOutId, theirs.fanOutId, 'nobody has taken it over');
    refused(await engAsks({ requestId: 'nightly', items: 2 }), 409, 'requestIdConflict');
  });

  it('have Idempotency-Keys of their own', async () => {
    const header = { 'idempotency-key': 'same' };
    await owner.post('/fan-outs', fanOutWith({ groupId: 'zeta' }), header);
    assert.equal((await world.apiFor(scheduler).post('/fan-outs', fanOutWith(), header)).status, 200);
  });

  it('meter for their group only, and are not told whose it would have been', async () => {
    assert.equal(await meters({ groupId: undefined, fanOutId: world.zetaFanOut }), 'groupNotAllowed');
    assert.equal(await meters({ groupId: undefined, userId: 'u-zeta' }), 'groupNotAllowed');
    assert.equal(await meters({ fanOutId: world.zetaFanOut }), 'groupNotAllowed');
    assert.equal(await meters({ groupId: undefined }), 'accepted');
    assert.equal(await meters({ userId: 'u-zeta' }), 'accepted', 'a user may work for several groups');
  });

  it('are not told what others have metered, but for an identity that is taken', async () => {
    const theirs = recordWith({ groupId: 'zeta', userId: 'u-zeta', source: 'theirs', id: 'r-known' });
    await owner.meter([theirs]);
    assert.equal(await meters(theirs), 'groupNotAllowed');
    assert.equal(await meters({ source: 'theirs', id: 'r-known' }), 'identityConflict');
    assert.equal(await meters({ id: 'r-known' }), 'accepted', 'another source');
    const mine = recordWith(ofEng());
    assert.deepEqual([await meters(mine), await meters(mine)], ['accepted', 'duplicate']);
  });

  it('recognise what they have metered before others took the task', async () => {
    const mine = recordWith({ ...ofEng(), parentTaskId: 't-late' });
    assert.equal(await meters(mine), 'accepted');
    await owner.meter([recordWith({ groupId: 'zeta', taskId: 't-late' })]);
    assert.deepEqual([await meters(mine), await meters({ parentTaskId: 't-late' })], ['duplicate', 'groupNotAllowed']);
  });

  it('end tasks that are wholly theirs, and none that may become another’s', async () => {
    const mixed = { taskId: 't-mixed' };
    await owner.meter([recordWith({ ...mixed, groupId: 'eng' }), recordWith({ ...mixed, groupId: 'zeta' })]);
    await world.grant('zeta', { taskId: 't-asked' });
    for (const [taskId, outcome] of [
      ['t-eng', 'finished'],
      ['t-nobodys', 'unknownTask'],
      ['t-zeta', 'groupNotAllowed'],
      ['t-mixed', 'groupNotAllowed'],
      ['t-asked', 'groupNotAllowed'],
    ]) {
      assert.equal(await finishes(taskId), outcome, taskId);
    }
    await owner.post('/tasks/t-zeta/finish', { status: 'succeeded', at: '2026-11-20T00:00:00Z' });
    assert.equal(await finishes('t-zeta'), 'groupNotAllowed', 'nor are they told how it ended');
    const ofSource = world.apiFor(meteringOfSource);
    assert.deepEqual(
      [await finishes('t-eng', ofSource), await finishes('t-nobodys', ofSource), await finishes('t-zeta', ofSource)],
      ['finished', 'finished', 'sourceNotAllowed'],
    );
  });

  it('take over a task that was re-attributed to their group', async () => {
    await owner.meter([recordWith({ groupId: 'unassigned', userId: 'u-late', taskId: 't-late' })]);
    assert.equal(await meters({ taskId: 't-late' }), 'groupNotAllowed');
    assert.equal(await finishes('t-late'), 'groupNotAllowed');
    const month = { from: '2020-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' };
    const job = { filter: { user: 'u-late' }, ...month, groupId: 'eng', reason: 'provisioned late' };
    const { body } = await owner.post('/metering/reattributions', job);
    const { jobId } = z.object({ jobId: z.string() }).parse(body);
    const progress = async () =>
      z.object({ status: z.string() }).parse((await owner.get(`/jobs/${jobId}`)).body).status;
    while ((await progress()) !== 'finished') await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await meters({ taskId: 't-late' }), 'accepted');
    assert.equal(await finishes('t-late'), 'finished');
  });

  it('lose a task that was re-attributed away from their group', async () => {
    const taskId = 't-gone';
    assert.equal(await meters({ taskId }), 'accepted');
    const month = { from: '2020-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' };
    const job = { filter: { user: 'u-eng' }, ...month, groupId: 'zeta', reason: 'it was theirs' };
    const { jobId } = z.object({ jobId: z.string() }).parse((await owner.post('/metering/reattributions', job)).body);
    const progress = async () =>
      z.object({ status: z.string() }).parse((await owner.get(`/jobs/${jobId}`)).body).status;
    while ((await progress()) !== 'finished') await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(
      [await meters({ taskId }), await meters({ parentTaskId: taskId }), await finishes(taskId)],
      ['groupNotAllowed', 'groupNotAllowed', 'groupNotAllowed'],
    );
    refused(await engAsks({ taskId }), 403, 'groupNotAllowed');
  });

  it('read a task without what is above and below it of others', async () => {
    const task = z.object({
      parentTaskId: z.string().nullable(),
      fanOutId: z.string().nullable(),
      tasksBelow: z.number(),
      children: z.array(z.object({ taskId: z.string() })),
      totalsWithChildren: z.object({ records: z.number() }),
      records: z.array(z.record(z.string(), z.unknown())),
    });
    const read = async (taskId: string, api: Api) => task.parse((await api.get(`/tasks/${taskId}`)).body);
    const own = await read('t-eng', world.apiFor(member));
    world.tellsNothing(own);
    assert.deepEqual([own.children, own.tasksBelow, own.totalsWithChildren.records], [[], 1, 2]);
    const cut = await read('t-eng-cut', world.apiFor(member));
    world.tellsNothing(cut);
    assert.deepEqual([cut.parentTaskId, cut.fanOutId], [null, null]);
    const whole = await read('t-eng-cut', owner);
    assert.deepEqual([whole.parentTaskId, whole.fanOutId], ['t-zeta', world.zetaFanOut]);
    assert.equal((await read('t-eng', owner)).tasksBelow, 2);
  });

  it('read a fan-out without what is above it of others', async () => {
    const path = `/fan-outs/${world.engBelowZeta}`;
    const shown = z.object({ parentFanOutId: z.string().nullable(), treeId: z.string().nullable() });
    const own = await world.apiFor(scheduler).get(path);
    world.tellsNothing(own.body);
    assert.deepEqual(shown.parse(own.body), { parentFanOutId: null, treeId: null });
    assert.deepEqual(shown.parse((await owner.get(path)).body), {
      parentFanOutId: world.zetaFanOut,
      treeId: 't-zeta-root',
    });
    world.tellsNothing((await world.apiFor(scheduler).get('/fan-outs')).body);
  });

  it('turn pages that begin at what is of others, and see none of it', async () => {
    await world.raise('eng');
    await world.raise('zeta');
    const page = z.object({ nextCursor: z.string().nullable() });
    for (const [limited, path] of [
      [member, '/groups'],
      [member, '/alerts'],
      [member, '/spend'],
      [scheduler, '/fan-outs'],
    ] as const) {
      const { nextCursor } = page.parse((await owner.get(`${path}?limit=1`)).body);
      const answer = await world.apiFor(limited).get(`${path}?cursor=${nextCursor ?? assert.fail(path)}`);
      assert.equal(answer.status, 200, path);
      world.tellsNothing(answer.body);
    }
  });

  it('hear of their own alerts only, also of old ones', async () => {
    await world.raise('eng');
    const url = `${world.service.url}/api/v1/alerts/stream`;
    const stream = await listen(url, world.secretOf(member), '0');
    await world.raise('zeta');
    await world.raise('eng');
    const heard = await stream.first(2);
    await stream.stop();
    world.tellsNothing(heard);
  });
});
