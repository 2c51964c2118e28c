import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { FailOpenFanOuts } from '#fan-out/commands/fail-open-fan-outs.js';
import { FailOpenGrants } from '#fan-out/commands/fail-open-grants.js';
import { FailOpenLog } from '#fan-out/commands/fail-open-log.js';
import { FanOuts } from '#fan-out/commands/fan-outs.js';
import { StoredFanOuts } from '#fan-out/commands/stored-fan-outs.js';
import { apiOf, codeOf } from '#test/support/api.js';
import { fanOutWith, granted } from '#test/support/fan-outs.js';
import { withDirectory } from '#test/support/service.js';
import { startInProcess } from '#test/support/service-in-process.js';
import { takeStoreAway } from '#test/support/store-away.js';

const marks = z.object({ withoutStore: z.literal(true).optional(), stale: z.literal(true).optional() });
const audit = z.object({
  items: z.array(
    z.object({
      actor: z.string(),
      subject: z.object({ kind: z.string(), id: z.string() }),
      change: z.object({ requestId: z.string(), why: z.string() }),
    }),
  ),
});

describe('BURSAR_WHEN_UNAVAILABLE=allow', () => {
  it('grants without the store, says so, and shows it in the audit when the store is back', () =>
    withDirectory(async (directory) => {
      const service = await startInProcess(directory, '', { BURSAR_WHEN_UNAVAILABLE: 'allow' });
      const api = apiOf(service);
      await api.put('/groups/eng', { name: 'Engineering' });
      const giveBack = takeStoreAway(service.app.get(EventLog));
      const asked = fanOutWith();
      const answer = await api.post('/fan-outs', asked);
      const { fanOutId } = granted(answer);
      assert.deepEqual(marks.parse(answer.body), { withoutStore: true, stale: true });
      assert.equal(codeOf(await api.post('/fan-outs', fanOutWith({ groupId: 'Eng' }))), 'unknownGroup');
      assert.equal(codeOf(await api.post('/fan-outs/check', asked)), 'logUnavailable');
      assert.equal(granted(await api.post(`/fan-outs/${fanOutId}/renew`, {})).fanOutId, fanOutId);
      giveBack();
      assert.equal(granted(await api.post(`/fan-outs/${fanOutId}/release`, {})).state, 'released');
      const told = async () => audit.parse((await api.get('/audit?type=FanOutGrantedWithoutStore')).body).items;
      while ((await told()).length === 0) await setTimeout(50);
      const [{ actor, subject, change }] = await told();
      assert.match(actor, /^apiKey:/);
      assert.deepEqual(subject, { kind: 'fanOut', id: fanOutId });
      assert.deepEqual([change.requestId, change.why], [asked.requestId, 'The store did not answer.']);
      const next = await api.post('/fan-outs', fanOutWith());
      assert.deepEqual(marks.parse(next.body), {});
      await service.stop();
    }));

  it('grants below what it has granted without the store, also to a key for one group', () =>
    withDirectory(async (directory) => {
      const service = await startInProcess(directory, '', { BURSAR_WHEN_UNAVAILABLE: 'allow' });
      await apiOf(service).put('/organisation', { unknownGroups: 'unassigned' });
      const made = await apiOf(service).post('/api-keys', { name: 'eng', role: 'scheduler', groups: ['eng'] });
      const api = apiOf(service, z.object({ key: z.string() }).parse(made.body).key);
      takeStoreAway(service.app.get(EventLog));
      const { fanOutId } = granted(await api.post('/fan-outs', fanOutWith()));
      const child = await api.post('/fan-outs', fanOutWith({ parentFanOutId: fanOutId }));
      assert.equal(granted(child).groupId, 'unassigned');
      assert.equal(marks.parse(child.body).withoutStore, true);
      await service.stop();
    }));
});

describe('BURSAR_WHEN_UNAVAILABLE', () => {
  const outageMode = [FailOpenFanOuts, FailOpenGrants, FailOpenLog];

  it('binds the outage mode if it is allow', () =>
    withDirectory(async (directory) => {
      const { app, stop } = await startInProcess(directory, '', { BURSAR_WHEN_UNAVAILABLE: 'allow' });
      assert.ok(app.get(FanOuts) instanceof FailOpenFanOuts);
      for (const type of outageMode) assert.ok(app.get(type) instanceof type);
      await stop();
    }));

  it('makes nothing of the outage mode if it is left out', () =>
    withDirectory(async (directory) => {
      const { app, stop } = await startInProcess(directory);
      assert.ok(app.get(FanOuts) instanceof StoredFanOuts);
      for (const type of outageMode) assert.throws(() => app.get(type), /could not find/);
      await stop();
    }));
});
