import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { bursarCommand, startService, withDirectory } from '#test/support/service.js';
import { createSenders, randomFrom } from './ingest-senders.js';

const kills = runs(8, 200);
const clients = 4;
/** A service dies at most so many answers, and then so many milliseconds, after it was ready. */
const mostAnswers = 25;
const longestPauseMs = 30;

describe('F7, laws 2 and 3: a service that is killed under load', () => {
  it(`counts every acknowledged record exactly once, after ${String(kills)} kills`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const random = randomFrom(seed);
    const senders = createSenders(random);
    await withDirectory(async (directory) => {
      let ownerKey: string | undefined;
      for (let kill = 0; kill < kills; kill++) {
        const service = await startService({ directory, ...(ownerKey !== undefined && { ownerKey }) });
        ownerKey = service.ownerKey;
        const gone = senders.load(service, clients);
        const enough = senders.answered() + Math.floor(random() * mostAnswers);
        while (senders.answered() < enough && service.process.exitCode === null) await wait(1);
        await wait(random() * longestPauseMs);
        assert.equal(service.process.exitCode, null, service.output());
        await service.kill();
        await gone;
      }
      const survivor = await startService({ directory, ...(ownerKey !== undefined && { ownerKey }) });
      await senders.sendTheRest(survivor);
      await senders.compare(survivor);
      assert.equal(senders.refused(), 0, 'a disk that is there is never away');
      assert.equal(await survivor.stop(), 0);
      diagnostic(
        `${String(senders.acknowledgedRecords())} records acknowledged, ${String(senders.givenUp())} requests given up`,
      );

      // The same book, kept by somebody else: recomputed from the log in another way.
      const verified = spawnSync(process.execPath, bursarCommand('verify', '--data', directory), { encoding: 'utf8' });
      assert.equal(verified.status, 0, `${verified.stdout}\n${verified.stderr}`);
    });
  });
});
