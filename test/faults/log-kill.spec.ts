import assert from 'node:assert/strict';
import { type Acknowledged, assertHolds, inDirectory, startWriter } from './log-processes.js';

describe('F7, law 3: what was acknowledged is there after SIGKILL', () => {
  it('survives twenty kills at different moments, on one log', async () => {
    await inDirectory(async (directory) => {
      const acknowledged: Acknowledged[] = [];
      for (let kill = 0; kill < 20; kill++) {
        // Small events flush often; large ones are likely to be hit in the middle of a flush.
        const writer = startWriter(directory, { run: String(kill) });
        await writer.reached(1 + kill * 17);
        writer.process.kill('SIGKILL');
        assert.equal(await writer.ended, null);
        acknowledged.push(...writer.acknowledged);
        await assertHolds(directory, acknowledged);
      }
      assert.ok(acknowledged.length >= 20);
    });
  });

  it('survives kills in the middle of large flushes', async () => {
    await inDirectory(async (directory) => {
      const options = { eventsPerAppend: 2, textCharacters: 200_000 };
      const acknowledged: Acknowledged[] = [];
      for (let kill = 0; kill < 5; kill++) {
        const writer = startWriter(directory, { ...options, run: String(kill) });
        await writer.reached(3 + kill * 5);
        writer.process.kill('SIGKILL');
        assert.equal(await writer.ended, null);
        acknowledged.push(...writer.acknowledged);
        await assertHolds(directory, acknowledged, options);
      }
    });
  });
});
