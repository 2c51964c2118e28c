import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { fanOutsDenied } from '#fan-out/domain/denials.events.js';
import { apiOf, recordWith } from '#test/support/api.js';
import { readLogOf } from '#test/support/engine.js';
import { capHeld, fanOutWith, granted, reasonsOf, shownFanOut } from '#test/support/fan-outs.js';
import { startService, withDirectory } from '#test/support/service.js';

const denialsIn = async (directory: string) => {
  const log = await readLogOf(directory);
  const events = await log.readAll(0, 1_000);
  await log.close();
  return events
    .filter(({ type }) => type === 'FanOutsDenied')
    .flatMap(({ type, data }) => fanOutsDenied.parse({ type, data }).data.denials);
};

const auditPage = z.object({
  items: z.array(z.object({ change: z.object({ denials: z.array(z.object({ count: z.number() })) }) })),
});

describe('fan-outs across a restart', () => {
  for (const how of ['stop', 'kill'] as const) {
    it(`keep their leases, holds, limits and request ids after a ${how}`, () =>
      withDirectory(async (directory) => {
        const first = await startService({ directory });
        const api = apiOf(first);
        await api.put('/groups/eng', { name: 'Engineering' });
        await api.put('/groups/eng/limits', { maxConcurrency: 3 });
        const asked = fanOutWith({ items: 2, estimatedCostMicrosPerItem: 100, taskId: 't-top', leaseSeconds: 3_600 });
        const { fanOutId } = granted(await api.post('/fan-outs', asked));
        const nested = fanOutWith({ items: 1, estimatedCostMicrosPerItem: 60, parentFanOutId: fanOutId });
        const child = granted(await api.post('/fan-outs', nested));
        await api.meter([recordWith({ fanOutId: child.fanOutId, costMicros: 25 })]);
        const show = async (of: typeof api, id: string) => shownFanOut.parse((await of.get(`/fan-outs/${id}`)).body);
        const before = await Promise.all([fanOutId, child.fanOutId].map((id) => show(api, id)));
        await first[how]();

        const second = await startService({ directory, ownerKey: first.ownerKey });
        const again = apiOf(second);
        const after = await Promise.all([fanOutId, child.fanOutId].map((id) => show(again, id)));
        const still = (shown: typeof before) => shown.map((one) => ({ ...one, expiresInSeconds: 0 }));
        assert.deepEqual(still(after), still(before));
        assert.equal((await capHeld(again, 'eng')).heldMicros, 175);
        assert.equal(granted(await again.post('/fan-outs', asked)).fanOutId, fanOutId, 'the same request');
        assert.equal(
          granted(await again.post('/fan-outs', fanOutWith({ items: 2 }))).concurrency,
          1,
          'one slot is left',
        );
        await again.post(`/fan-outs/${child.fanOutId}/release`, {});
        assert.equal((await show(again, fanOutId)).heldMicros, 175, 'the parent has its money back');
        assert.equal(await second.stop(), 0);
      }));
  }

  it('write down who was denied what, how often and as of when, and nothing about checks', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      const api = apiOf(service);
      await api.put('/groups/eng', { name: 'Engineering' });
      await api.put('/groups/eng/limits', { paused: true, maxItemsPerFanOut: 1 });
      const asked = fanOutWith({ items: 2 });
      for (let time = 0; time < 3; time++) reasonsOf(await api.post('/fan-outs', asked));
      reasonsOf(await api.post('/fan-outs', fanOutWith({ items: 1 })));
      reasonsOf(await api.post('/fan-outs/check', asked));
      await service.stop();
      const counts = new Map<string, number>();
      const denials = await denialsIn(directory);
      for (const { caller, groupId, code, count, firstPosition, lastPosition } of denials) {
        assert.match(caller, /^apiKey:/);
        assert.ok(firstPosition > 0 && firstPosition <= lastPosition);
        counts.set(`${groupId} ${code}`, (counts.get(`${groupId} ${code}`) ?? 0) + count);
      }
      assert.deepEqual(Object.fromEntries(counts), { 'eng groupPaused': 4, 'eng itemsPerFanOut': 3 });
    }));

  it('have denials on record within a second or two, also when the service is killed then', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      const api = apiOf(service);
      await api.put('/groups/eng', { name: 'Engineering' });
      await api.put('/groups/eng/limits', { paused: true });
      for (let time = 0; time < 3; time++) reasonsOf(await api.post('/fan-outs', fanOutWith()));
      const deadlineMs = performance.now() + 5_000;
      const counted = (denials: readonly { readonly count: number }[]): number =>
        denials.reduce((sum, { count }) => sum + count, 0);
      const onRecord = async (): Promise<number> => {
        const { items } = auditPage.parse((await api.get('/audit?type=FanOutsDenied')).body);
        return counted(items.flatMap(({ change }) => change.denials));
      };
      while ((await onRecord()) < 3 && performance.now() < deadlineMs) await wait(50);
      await service.kill();
      assert.equal(counted(await denialsIn(directory)), 3);
    }));
});
