import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryEventLog } from '#adapters/memory/event-log.js';
import { SystemClock } from '#adapters/system/clock.js';
import { DenialLog } from './denial-log.js';

const nowMs = Date.UTC(2026, 10, 20, 12);
const denied = {
  reasons: [{ code: 'treeDepth' as const, scope: 'tree:t', limit: 3, used: 3, requested: 1 }],
  nowMs,
  position: 7,
};

describe('the log of denials', () => {
  it('adds up a minute, and loses nothing when another process has written in between', async () => {
    const log = new MemoryEventLog(new SystemClock());
    const [one, other] = [new DenialLog(log), new DenialLog(log)];
    for (const denials of [one, other, one]) {
      denials.note('apiKey:a', 'eng', denied);
      denials.note('apiKey:a', 'eng', denied);
      await denials.flush(nowMs);
    }
    const line = { caller: 'apiKey:a', groupId: 'eng', code: 'treeDepth', count: 2, firstPosition: 7, lastPosition: 7 };
    assert.deepEqual(
      (await log.read('denials-main', 0, 10)).map(({ data }) => data),
      Array.from({ length: 3 }, () => ({ minuteMs: nowMs, denials: [line] })),
    );
  });
});
