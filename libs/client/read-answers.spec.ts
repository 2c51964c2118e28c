import assert from 'node:assert/strict';
import { readFanOutAnswer, readLeaseInUse } from './read-answers.js';

const lease = {
  ...{ fanOutId: 'fo_1', state: 'live', groupId: 'eng', concurrency: 1, items: 1, heldMicros: 0 },
  ...{ estimatedCostMicrosPerItem: 5, expiresAt: '2026-11-20T12:00:00.000Z', expiresInSeconds: 600 },
};

describe('a sum that passes 2^53 - 1', () => {
  it('is null in a lease: whoever works under it goes on', () => {
    const inUse = { remainingItems: 1, spentMicros: null, overrunMicros: null };
    const digits = { spentMicrosExact: '10000000000000000', overrunMicrosExact: '10000000000000000' };
    assert.deepEqual(readLeaseInUse({ ...lease, ...inUse, ...digits }), { ...lease, ...inUse });
  });

  it('is null in the reason of a denial', () => {
    const reason = { code: 'groupCapExhausted', scope: 'group:eng', limit: 7, used: null, requested: 5 };
    const answer = { decision: 'denied', items: 1, reasons: [{ ...reason, usedExact: '10000000000000000' }] };
    assert.deepEqual(readFanOutAnswer(answer), { decision: 'denied', items: 1, reasons: [reason] });
  });
});
