import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemoryEventLog } from '#event-log-memory/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { chainStart } from '../domain/chain.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { continueChain } from './continue-chain.js';

const start = { position: 0, hash: chainStart };
const logOf = async (events: number, text = '') => {
  const meta = { commandId: 'c', now: '2026-11-20T00:00:00.000Z', actor: 'system:test', reason: '' };
  const log = new MemoryEventLog(new SystemClock());
  const proposed = Array.from({ length: events }, (_, at) =>
    proposeEvent('c', at, { type: 'Noted', data: { at, text } }, meta),
  );
  await log.append({ stream: 's', expectedRevision: -1, events: proposed });
  return log;
};

describe('a chain that is continued', () => {
  it('is the same in one go and in pieces, and ends where it is told to', async () => {
    const log = await logOf(20);
    const whole = await continueChain(log, start, 17, 100);
    assert.deepEqual([whole.position, whole.events], [17, 17]);
    let piece = await continueChain(log, start, 17, 5);
    assert.deepEqual([piece.position, piece.events], [5, 5]);
    for (const events of [5, 5, 2, 0]) {
      piece = await continueChain(log, piece, 17, 5);
      assert.equal(piece.events, events);
    }
    assert.deepEqual([piece.position, piece.hash], [17, whole.hash]);
  });

  it('gives way to others while it goes on', async () => {
    const log = await logOf(300, 'x'.repeat(100_000));
    let turns = 0;
    let isDone = false;
    const others = async (): Promise<void> => {
      for (; !isDone; turns++) await nextTurn();
    };
    const beside = others();
    const startedMs = performance.now();
    await continueChain(log, start, 300, 300);
    const tookMs = performance.now() - startedMs;
    isDone = true;
    await beside;
    assert.ok(turns >= tookMs / 20, `${String(turns)} turns in ${tookMs.toFixed(0)} ms`);
  });
});
