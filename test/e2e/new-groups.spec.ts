import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { apiOf, recordWith } from '#test/support/api.js';
import { untilRecorded } from '#test/support/recorded-cap.js';
import type { Answer, Api } from '#test/support/api.js';
import { fanOutWith, reasonsOf } from '#test/support/fan-outs.js';
import { startOnFreshDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const shownCap = z.object({
  capMicros: z.number().nullable(),
  enforcement: z.string(),
  insufficientHistory: z.boolean(),
  basis: z.record(z.string(), z.unknown()),
  policyVersion: z.number(),
  spentMicros: z.number(),
  heldMicros: z.number(),
  availableMicros: z.number().nullable(),
});
const alerts = z.object({ items: z.array(z.object({ threshold: z.number().nullable() })) });
const history = z.object({ items: z.array(z.object({ type: z.string(), basis: z.record(z.string(), z.unknown()) })) });
const newGroupCapMicros = 1_000;

describe('a group without history', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    const policy = { kind: 'fixed', capMicros: 1_000_000 };
    await api.put('/organisation/cap', {
      policy,
      enforcement: 'enforce',
      overrideFirstQuarter: true,
      reason: 'a test',
    });
    await api.put('/organisation', { newGroupCapMicros });
  });
  afterAll(() => service.dispose());

  const capOf = async (groupId: string) => shownCap.parse((await api.get(`/groups/${groupId}/cap`)).body);
  const isGranted = ({ body }: Answer): boolean =>
    z.object({ decision: z.enum(['granted', 'denied']) }).parse(body).decision === 'granted';
  const askAtOnce = (groupId: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, () =>
        api.post('/fan-outs', fanOutWith({ groupId, items: 1, estimatedCostMicrosPerItem: 150 })),
      ),
    );

  const begun: readonly (readonly [how: string, begin: () => Promise<unknown>, groupId: string, spent: number])[] = [
    ['that somebody has just made', () => api.put('/groups/made', { name: 'Made' }), 'made', 0],
    [
      'that a record has just named',
      () => api.meter([recordWith({ groupId: 'metered', costMicros: 400 })]),
      'metered',
      400,
    ],
    [
      'that a membership has just named',
      () => api.put('/users/u-new', { name: 'New', groupId: 'joined' }),
      'joined',
      0,
    ],
    ['that is always there', () => Promise.resolve(), 'unassigned', 0],
  ];
  for (const [how, begin, groupId, spent] of begun) {
    it(`${how} has the cap of new groups, enforced as the organisation’s is, however many ask at once`, async () => {
      await begin();
      const answers = await askAtOnce(groupId, 20);
      assert.equal(answers.filter(isGranted).length, Math.floor((newGroupCapMicros - spent) / 150));
      for (const denied of answers.filter((answer) => !isGranted(answer))) {
        assert.deepEqual(
          reasonsOf(denied).map(({ code, scope, limit }) => [code, scope, limit]),
          [['groupCapExhausted', `group:${groupId}`, newGroupCapMicros]],
        );
      }
      const { basis, ...shown } = await capOf(groupId);
      const heldMicros = 150 * Math.floor((newGroupCapMicros - spent) / 150);
      assert.deepEqual(basis, { kind: 'insufficientHistory', source: 'newGroupCap' });
      assert.deepEqual(shown, {
        capMicros: newGroupCapMicros,
        enforcement: 'enforce',
        insufficientHistory: true,
        policyVersion: -1,
        spentMicros: spent,
        heldMicros,
        availableMicros: newGroupCapMicros - spent - heldMicros,
      });
      await untilRecorded(api, `groups/${groupId}`, newGroupCapMicros);
      const { items } = history.parse((await api.get(`/groups/${groupId}/cap/history`)).body);
      assert.deepEqual(
        items.map(({ type, basis: from }) => [type, from.source]),
        [['CapDerived', 'newGroupCap']],
      );
    });
  }

  it('raises the alerts of its cap', async () => {
    await api.meter([recordWith({ groupId: 'loud', costMicros: 850 })]);
    const thresholds = async () =>
      alerts
        .parse((await api.get('/alerts?group=loud&type=capThreshold')).body)
        .items.map(({ threshold }) => threshold)
        .toSorted();
    while ((await thresholds()).length < 2) await wait(50);
    assert.deepEqual(await thresholds(), [0.5, 0.8]);
  });

  it('has the cap that is chosen for it instead, enforced as it was until somebody says otherwise', async () => {
    await api.put('/groups/chosen', { name: 'Chosen' });
    await api.put('/groups/chosen/cap', { policy: { kind: 'fixed', capMicros: 5_000 }, reason: 'a launch' });
    const { capMicros, enforcement, basis } = await capOf('chosen');
    assert.deepEqual([capMicros, enforcement, basis], [5_000, 'enforce', { kind: 'fixed' }]);
    assert.equal((await askAtOnce('chosen', 50)).filter(isGranted).length, 33);
    await api.put('/groups/chosen/cap', { enforcement: 'alert' });
    assert.equal((await capOf('chosen')).enforcement, 'alert');
  });

  it('follows the organisation at once: another amount, another enforcement, and none', async () => {
    await api.put('/groups/follows', { name: 'Follows' });
    assert.equal((await capOf('follows')).capMicros, 1_000);
    await api.put('/organisation', { newGroupCapMicros: 1_001 });
    assert.equal((await capOf('follows')).capMicros, 1_001);
    await api.put('/organisation/cap', { enforcement: 'alert' });
    assert.equal((await capOf('follows')).enforcement, 'alert');
    assert.ok((await askAtOnce('follows', 10)).every(isGranted));
    await api.put('/organisation', { newGroupCapMicros: null });
    const { capMicros, insufficientHistory, basis } = await capOf('follows');
    assert.deepEqual([capMicros, insufficientHistory, basis], [null, true, { kind: 'insufficientHistory' }]);
  });
});
