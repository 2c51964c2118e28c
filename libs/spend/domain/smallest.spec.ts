import assert from 'node:assert/strict';
import fc from 'fast-check';
import { atOnce } from './in-slices.js';
import { smallest } from './smallest.js';

const ascending = (a: number, b: number): number => a - b;

describe('the smallest of many', () => {
  it('are the first of the sorted ones, for any limit', () => {
    const limits = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.constant(Infinity));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6000 }), fc.integer(), limits, (count, seed, limit) => {
        const numbers = Array.from({ length: count }, (_, place) => Math.imul(place + 1, seed | 1) >> 7);
        const expected = [...numbers].sort(ascending).slice(0, limit);
        assert.deepEqual(atOnce(smallest(numbers, limit, ascending)), expected);
      }),
      { numRuns: 60 },
    );
  });

  it('lets others have their turn on the way', () => {
    const numbers = Array.from({ length: 50_000 }, (_, place) => Math.imul(place, 0x9e3779b1));
    const work = smallest(numbers, Infinity, ascending);
    let turns = 0;
    while (work.next().done !== true) turns++;
    assert.ok(turns > 50);
  });
});
