import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWithin, steadyRange, thresholdsReached } from './thresholds.js';

const thresholds = [5_000, 8_000, 10_000];

describe('thresholds', () => {
  const table: readonly [spent: number, cap: number, reached: readonly number[]][] = [
    [0, 100, []],
    [49, 100, []],
    [50, 100, [5_000]],
    [79, 100, [5_000]],
    [80, 100, [5_000, 8_000]],
    [100, 100, thresholds],
    [1_000, 100, thresholds],
    [0, 0, []],
    [1, 0, thresholds],
    [-5, 100, []],
    // 0.5 of an odd cap is met by half a micro more, never by rounding.
    [50, 101, []],
    [51, 101, [5_000]],
    [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER, [5_000, 8_000]],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, thresholds],
  ];
  for (const [spent, cap, reached] of table) {
    it(`${String(spent)} of ${String(cap)} reaches ${reached.join(', ') || 'none'}`, () => {
      assert.deepEqual(thresholdsReached(spent, cap, thresholds), reached);
    });
  }

  it('are reached by more, whatever less has reached', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.maxSafeNat(), (a, b, cap) => {
        const less = thresholdsReached(Math.min(a, b), cap, thresholds).length;
        assert.ok(less <= thresholdsReached(Math.max(a, b), cap, thresholds).length);
      }),
    );
  });

  it('stay as they are within the steady range, and change at its ends', () => {
    const reached = (spent: number, cap: number | null) =>
      cap === null ? [] : thresholdsReached(spent, cap, thresholds);
    const amounts = fc.oneof(fc.integer({ min: -100, max: 300 }), fc.integer({ min: 0, max: 2 ** 53 - 1 }));
    const caps = fc.oneof(fc.constant(null), fc.nat({ max: 300 }), fc.maxSafeNat());
    fc.assert(
      fc.property(amounts, amounts, caps, (spent, later, cap) => {
        const range = steadyRange(spent, cap, thresholds);
        assert.ok(isWithin(spent, range));
        assert.equal(isWithin(later, range), reached(later, cap).length === reached(spent, cap).length);
      }),
    );
  });
});
