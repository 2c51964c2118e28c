import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { ExpiryQueue } from './expiry-queue.js';
import { UndoLog, TransactionalMap } from './transactional-map.js';

/** Leases and when they end, and the heap that is asked about them. */
const createRoom = () => {
  const journal = new UndoLog();
  const ends = new TransactionalMap<string, number>(journal);
  const expiries = new ExpiryQueue(journal, (fanOutId, atMs) => ends.get(fanOutId) === atMs);
  return {
    journal,
    ends,
    expiries,
    set: (fanOutId: string, atMs: number): void => {
      ends.set(fanOutId, atMs);
      expiries.push(fanOutId, atMs);
    },
  };
};

describe('when leases end by themselves', () => {
  it('the first is the earliest that still holds', () => {
    const { set, ends, expiries } = createRoom();
    set('a', 5);
    set('b', 3);
    set('c', 4);
    assert.equal(expiries.nextMs(), 3);
    set('b', 9);
    assert.equal(expiries.nextMs(), 4, 'b was renewed');
    ends.delete('c');
    assert.equal(expiries.nextMs(), 5, 'c has ended');
    assert.deepEqual(expiries.due(5), ['a']);
    assert.deepEqual(expiries.due(9), ['a', 'b'], 'what is due stays due until it has ended');
    ends.clear();
    assert.equal(expiries.nextMs(), undefined);
  });

  it('what a try has dropped is there when the try is taken back', () => {
    const { set, ends, expiries, journal } = createRoom();
    set('a', 5);
    journal.speculate(() => {
      ends.delete('a');
      assert.equal(expiries.nextMs(), undefined);
    });
    assert.deepEqual(expiries.due(5), ['a']);
  });

  it('an end that was pushed twice is due once', () => {
    const { set, expiries } = createRoom();
    set('a', 5);
    set('a', 5);
    assert.deepEqual(expiries.due(5), ['a']);
  });

  it('memory follows the leases that are live, not all that ever were', () => {
    const { set, ends, expiries } = createRoom();
    set('first', 1);
    for (let time = 0; time < 10_000; time++) {
      set(`l${String(time)}`, 10_000 - time);
      ends.delete(`l${String(time - 10)}`);
      set('renewed', 20_000 + time);
    }
    assert.ok(expiries.size < 200, String(expiries.size));
    assert.equal(expiries.due(30_000).length, 12);
  });

  it('is what a sorted list says, whatever is pushed, changed, ended and tried', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    const change = fc.oneof(fc.record({ set: id, atMs: fc.nat({ max: 20 }) }), fc.record({ end: id }));
    const step = fc.oneof(change, fc.record({ tried: fc.array(change) }));
    const property = fc.property(
      fc.array(step, { maxLength: 100, size: 'max' }),
      fc.nat({ max: 20 }),
      (steps, nowMs) => {
        const { set, ends, expiries, journal } = createRoom();
        const earliest = (): number | undefined => [...ends.values()].sort((x, y) => x - y).at(0);
        const make = (one: { set: string; atMs: number } | { end: string }): void => {
          if ('set' in one) set(one.set, one.atMs);
          else ends.delete(one.end);
          assert.equal(expiries.nextMs(), earliest());
        };
        for (const one of steps) {
          if (!('tried' in one)) make(one);
          else {
            journal.speculate(() => {
              one.tried.forEach(make);
            });
          }
          assert.equal(expiries.nextMs(), earliest());
        }
        const due = expiries.due(nowMs);
        assert.deepEqual(
          due.map((fanOutId) => ends.get(fanOutId)),
          [...ends.values()].filter((atMs) => atMs <= nowMs).sort((x, y) => x - y),
        );
      },
    );
    fc.assert(property, { seed, numRuns: runs(500, 20_000), includeErrorInReport: true });
  });
});
