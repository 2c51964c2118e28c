import assert from 'node:assert/strict';
import { isRefusal } from '#kernel/refusal.js';
import { emptyDisk, startProcess } from '#test/simulation/process.js';

const longMs = 600_000;

describe('waiting for a position', () => {
  it('ends when the views have it, or when the time is over', async () => {
    const process = await startProcess(emptyDisk(Date.UTC(2026, 10, 20)));
    assert.equal(await process.feed.reachedWithin(0, longMs), true);
    assert.equal(await process.feed.reachedWithin(1, 1), false);
    const waiting = [process.feed.reachedWithin(1, longMs), process.feed.reachedWithin(1, longMs)];
    const meta = { commandId: 'c', nowMs: 0, actor: 'apiKey:test', reason: '' };
    assert.ok(!isRefusal(await process.directory.putGroup({ groupId: 'eng', name: 'Engineering' }, meta)));
    assert.deepEqual(await Promise.all(waiting), [true, true]);
    await process.kill();
  });
});
