import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Micros } from '#kernel/money.js';
import { isMoreThanShareOf, isShareOf, isInRange, steadyRange, thresholdsReached } from './thresholds.js';

const thresholds = [5_000, 8_000, 10_000];

describe('thresholds', () => {
  const table: readonly [spent: Micros, cap: number, reached: readonly number[]][] = [
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
    // A sum beyond every amount is over every cap.
    [2n ** 53n, Number.MAX_SAFE_INTEGER, thresholds],
    [2n ** 70n, 100, thresholds],
    [2n ** 53n, 0, thresholds],
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
        assert.ok(isInRange(spent, range));
        assert.equal(isInRange(later, range), reached(later, cap).length === reached(spent, cap).length);
      }),
    );
  });

  it('have no steady range beyond 2^53 - 1: there an alert has more to say', () => {
    for (const cap of [null, 0, 100, Number.MAX_SAFE_INTEGER]) {
      assert.ok(!isInRange(2n ** 53n, steadyRange(Number.MAX_SAFE_INTEGER, cap, thresholds)));
      for (const spent of [2n ** 53n, 2n ** 60n, Number.MAX_SAFE_INTEGER, 1]) {
        assert.ok(!isInRange(spent, steadyRange(2n ** 53n, cap, thresholds)));
      }
    }
  });

  it('are compared exactly beyond 2^53 - 1', () => {
    const whole = 10n * 2n ** 53n;
    assert.deepEqual(
      [4_000, 4_001].map((share) => isShareOf(4n * 2n ** 53n, whole, share)),
      [true, false],
    );
    assert.ok(!isMoreThanShareOf(4n * 2n ** 53n, whole, 4_000));
    assert.ok(isMoreThanShareOf(4n * 2n ** 53n + 1n, whole, 4_000));
  });
});
