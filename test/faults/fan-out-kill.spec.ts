import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { walkAdmissions } from '#test/support/admission-walk.js';
import { apiOf } from '#test/support/api.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { capHeld, fanOutWith, granted } from '#test/support/fan-outs.js';
import { runs } from '#test/support/runs.js';
import { startService, withDirectory } from '#test/support/service.js';
import type { RunningService } from '#test/support/service.js';
import { createCallers } from './fan-out-callers.js';
import { randomFrom } from './ingest-senders.js';

const kills = runs(3, 100);
const callers = 6;
const mostAnswers = 60;
const longestPauseMs = 30;
const maxConcurrency = 9;
const capMicros = 100_000;

const govern = async (service: RunningService): Promise<void> => {
  const api = apiOf(service);
  await api.put('/groups/eng', { name: 'Engineering' });
  await api.put('/groups/eng/limits', { maxConcurrency });
  const policy = { kind: 'fixed', capMicros };
  await api.put('/groups/eng/cap', { policy, enforcement: 'enforce', overrideFirstQuarter: true, reason: 'a test' });
};

/** Asks for everything there is, once no lease is left: what is available is exactly the cap less what was spent. */
const checkAvailability = async (service: RunningService): Promise<void> => {
  const api = apiOf(service);
  while ((await capHeld(api, 'eng')).heldMicros > 0) await wait(50);
  const { spentMicros, availableMicros } = await capHeld(api, 'eng');
  assert.equal(availableMicros, capMicros - spentMicros);
  const all = { items: maxConcurrency, estimatedCostMicrosPerItem: 1 };
  assert.equal(granted(await api.post('/fan-outs', fanOutWith(all))).concurrency, maxConcurrency, 'no slot is stuck');
};

const everyEvent = async (directory: string) => {
  const log = await EmbeddedEventLog.read({ directory: join(directory, 'log'), clock: new SystemClock() });
  const events = await log.readAll(0, Number.MAX_SAFE_INTEGER);
  await log.close();
  return events;
};

describe('F2, F3, laws 3, 4 and 6: somebody is killed', () => {
  it(`the service, ${String(kills)} times: what was answered holds, nothing is granted twice or stuck`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const random = randomFrom(seed);
    const all = createCallers(random);
    await withDirectory(async (directory) => {
      let service = await startService({ directory });
      const { ownerKey } = service;
      await govern(service);
      for (let kill = 0; kill < kills; kill++) {
        const gone = all.load(service, callers);
        const enough = all.answered() + Math.floor(random() * mostAnswers);
        while (all.answered() < enough && service.process.exitCode === null) await wait(1);
        await wait(random() * longestPauseMs);
        await service.kill();
        await gone;
        service = await startService({ directory, ownerKey });
      }
      await all.compare(service);
      await checkAvailability(service);
      assert.equal(await service.stop(), 0);
      const { granted: stored } = walkAdmissions(await everyEvent(directory), { maxConcurrency, capMicros });
      for (const [requestId, fanOutId] of all.grants) assert.equal(stored.get(requestId), fanOutId);
      assert.ok(all.grants.size > 0 && all.denied() > 0, 'some were granted and some were not');
      diagnostic(`${String(all.grants.size)} grants and ${String(all.denied())} denials answered`);
    });
  });

  it('the schedulers, after they were granted something: it is all free when their leases end', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      await govern(service);
      for (const name of ['one', 'two', 'three']) {
        const client = fileURLToPath(new URL('./fan-out-client.js', import.meta.url));
        const args = [client, service.url, service.ownerKey, name];
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
        await once(child.stdout, 'data');
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }
      assert.ok((await capHeld(apiOf(service), 'eng')).heldMicros > 0, 'the dead still hold something');
      await checkAvailability(service);
      assert.equal((await capHeld(apiOf(service), 'eng')).spentMicros, 0, 'holds never become spend');
      await service.stop();
      walkAdmissions(await everyEvent(directory), { maxConcurrency, capMicros });
    }));
});
