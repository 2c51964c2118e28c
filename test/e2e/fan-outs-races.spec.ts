import assert from 'node:assert/strict';
import { z } from 'zod';
import { apiOf } from '#test/support/api.js';
import type { Answer, Api } from '#test/support/api.js';
import { fanOutWith, granted, reasonsOf, shownFanOut } from '#test/support/fan-outs.js';
import { startOnFreshDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const clients = 256;
const list = z.object({ items: z.array(shownFanOut) });
const decision = z.object({ decision: z.enum(['granted', 'denied']) });

/** All at once, each with a request of its own. */
const race = (api: Api, body: (place: number) => Readonly<Record<string, unknown>>): Promise<readonly Answer[]> =>
  Promise.all(Array.from({ length: clients }, (_, place) => api.post('/fan-outs', fanOutWith(body(place)))));

const split = (answers: readonly Answer[]) => {
  const isGranted = ({ body }: Answer): boolean => decision.parse(body).decision === 'granted';
  return {
    grants: answers.filter(isGranted).map(granted),
    denials: answers.filter((answer) => !isGranted(answer)).map(reasonsOf),
  };
};

const liveIn = async (api: Api, group: string) =>
  list.parse((await api.get(`/fan-outs?state=live&group=${group}&limit=1000`)).body).items;

describe(`F1: ${String(clients)} clients at once`, () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
  });
  afterAll(() => service.dispose());

  const enforce = (path: string, capMicros: number) =>
    api.put(path, {
      policy: { kind: 'fixed', capMicros },
      enforcement: 'enforce',
      overrideFirstQuarter: true,
      reason: 'a test',
    });

  it('the very first requests of a service, of users and groups nobody has seen, share the slots of the organisation', async () => {
    await api.put('/organisation', { unknownGroups: 'unassigned' });
    await api.put('/limits', { maxConcurrency: 7, maxConcurrencyPerUser: 2 });
    const who = (place: number) => ({
      groupId: `unseen-${String(place % 9)}`,
      userId: `new-${String(place % 9)}`,
      items: 1,
    });
    const { grants, denials } = split(await race(api, who));
    assert.equal(grants.length, 7);
    assert.equal(denials.length, clients - 7);
    for (const reasons of denials) assert.ok(reasons.every(({ code }) => code.endsWith('Concurrency')));
    const live = await liveIn(api, 'unassigned');
    assert.equal(live.length, 7);
    for (const { userId } of live) assert.ok(live.filter((one) => one.userId === userId).length <= 2, userId);
    for (const { fanOutId } of grants) await api.post(`/fan-outs/${fanOutId}/release`, {});
    await api.put('/limits', { maxConcurrency: null, maxConcurrencyPerUser: null });
  });

  it('the last slot of a group goes to one, and to one more when it is given back', async () => {
    await api.put('/groups/eng', { name: 'Engineering' });
    await api.put('/groups/eng/limits', { maxConcurrency: 3 });
    granted(await api.post('/fan-outs', fanOutWith({ items: 2 })));
    const first = split(await race(api, () => ({ items: 1 })));
    assert.equal(first.grants.length, 1);
    for (const [{ code, scope, limit, used }] of first.denials) {
      assert.deepEqual([code, scope, limit, used], ['groupConcurrency', 'group:eng', 3, 3]);
    }
    const again = race(api, () => ({ items: 1 }));
    await api.post(`/fan-outs/${first.grants[0].fanOutId}/release`, {});
    const { grants } = split(await again);
    assert.ok(grants.length <= 1);
    const slots = (await liveIn(api, 'eng')).reduce((sum, { concurrency }) => sum + concurrency, 0);
    assert.equal(slots, 2 + grants.length);
  });

  it('the last money of a group is granted to exactly as many as it is for', async () => {
    await api.put('/groups/money', { name: 'Money' });
    await enforce('/groups/money/cap', 10_000);
    granted(await api.post('/fan-outs', fanOutWith({ groupId: 'money', items: 9, estimatedCostMicrosPerItem: 1_000 })));
    const { grants } = split(await race(api, () => ({ groupId: 'money', items: 1, estimatedCostMicrosPerItem: 300 })));
    assert.equal(grants.length, 3, 'the fourth would pass it');
    const held = (await liveIn(api, 'money')).reduce((sum, { heldMicros }) => sum + heldMicros, 0);
    assert.equal(held, 9_900);
  });

  it('the money of unassigned is not more for groups that nobody has seen', async () => {
    await enforce('/groups/unassigned/cap', 1_000);
    const { grants, denials } = split(
      await race(api, (place) => ({ groupId: `never-${String(place)}`, items: 1, estimatedCostMicrosPerItem: 200 })),
    );
    assert.equal(grants.length, 5);
    for (const [{ code, scope }] of denials) assert.deepEqual([code, scope], ['groupCapExhausted', 'group:unassigned']);
  });

  it('the same request from all of them is one fan-out', async () => {
    await api.put('/groups/twins', { name: 'Twins' });
    const same = { requestId: 'the-same', groupId: 'twins', userId: 'u', taskId: 't-same' };
    const { grants } = split(await race(api, () => same));
    assert.equal(grants.length, clients);
    assert.equal(new Set(grants.map(({ fanOutId }) => fanOutId)).size, 1);
    assert.equal((await liveIn(api, 'twins')).length, 1);
  });

  it('the items of one tree are granted up to its total, and not one more', async () => {
    await api.put('/groups/trees', { name: 'Trees' });
    await api.put('/groups/trees/limits', { maxTreeItems: 50, maxSpawnsPerMinute: 1_000 });
    const { grants, denials } = split(await race(api, () => ({ groupId: 'trees', taskId: 't-tree', items: 4 })));
    assert.equal(grants.length, 12);
    for (const [{ code, used }] of denials) assert.deepEqual([code, used], ['treeItems', 48]);
  });
});
