import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { apiOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { startOnFreshDirectory } from '#test/support/service.js';

const patienceMs = 5_000;
const spentMicros = 100;
/** By name: the cap of a scope, and whether 100 micros reach it. */
const caps = { unset: undefined, roomy: 1_000, tight: 100 } as const;
type Cap = keyof typeof caps;
const names = ['unset', 'roomy', 'tight'] as const satisfies readonly Cap[];

const list = z.object({ items: z.array(z.object({ groupId: z.string().optional(), state: z.string() })) });
const shown = z.object({ capMicros: z.number().nullable(), wouldHaveDenied: z.boolean().optional() });

const setCap = async (api: Api, scope: string, cap: Cap): Promise<void> => {
  const capMicros = caps[cap];
  if (capMicros === undefined) return;
  const { status } = await api.put(`${scope}/cap`, { policy: { kind: 'fixed', capMicros }, thresholds: [1] });
  assert.equal(status, 200);
};

/** Every scope that is told to have reached its cap. */
const reached = async (api: Api): Promise<string> => {
  const { items } = list.parse((await api.get('/alerts?type=capThreshold&state=raised')).body);
  return items
    .map(({ groupId }) => groupId ?? 'organisation')
    .toSorted()
    .join(' ');
};

const eventually = async (look: () => Promise<string>, expected: string): Promise<void> => {
  const untilMs = Date.now() + patienceMs;
  while ((await look()) !== expected && Date.now() < untilMs) await wait(20);
  assert.equal(await look(), expected);
};

const wouldHaveDenied = async (api: Api, scope: string): Promise<boolean> =>
  shown.parse((await api.get(`${scope}/cap`)).body).wouldHaveDenied === true;

describe('F9: every combination of caps set and unset', () => {
  for (const organisation of names) {
    it(`names every scope that has reached its cap, with the organisation's ${organisation}`, async () => {
      const service = await startOnFreshDirectory();
      try {
        const api = apiOf(service);
        await setCap(api, '/organisation', organisation);
        for (const name of names) {
          await api.put(`/groups/${name}`, { name });
          await setCap(api, `/groups/${name}`, name);
        }
        // A key with groups must not change what is looked at.
        const made = await api.post('/api-keys', { name: 'fleet', role: 'metering', groups: [...names] });
        const team = apiOf(service, z.object({ key: z.string() }).parse(made.body).key);
        for (const sender of [api, team]) {
          const occurredAt = new Date().toISOString();
          const records = names.map((groupId) => recordWith({ groupId, costMicros: spentMicros / 2, occurredAt }));
          assert.equal((await sender.meter(records)).accepted, names.length);
        }
        await eventually(() => reached(api), organisation === 'tight' ? 'organisation tight' : 'tight');
        for (const name of names) {
          assert.equal(await wouldHaveDenied(api, `/groups/${name}`), name === 'tight', `group ${name}`);
        }
        assert.equal(await wouldHaveDenied(api, '/organisation'), organisation === 'tight', 'organisation');
      } finally {
        await service.dispose();
      }
    });
  }
});
