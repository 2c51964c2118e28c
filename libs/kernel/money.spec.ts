import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Micros,
  addMicros,
  basisPointsOf,
  divideHalfEven,
  divideSafeHalfEven,
  maxMicros,
  microsOf,
  multiplyDivideHalfEven,
  saturated,
} from './money.js';

/** Naturals of every magnitude, not only huge ones. */
const natural = fc.tuple(fc.integer({ min: 0, max: 53 }), fc.maxSafeNat()).map(([bits, n]) => n % 2 ** bits);
const positive = natural.map((n) => Math.max(n, 1));

describe('addMicros', () => {
  const amount = fc.oneof(
    natural,
    natural.map((n) => -n),
    fc.constantFrom(maxMicros, -maxMicros),
  );

  it('adds exactly whatever the size, in one form only, and whatever the order', () => {
    fc.assert(
      fc.property(fc.array(amount), (amounts) => {
        const exact = amounts.reduce((sum, one) => sum + BigInt(one), 0n);
        const sum = amounts.reduce<Micros>(addMicros, 0);
        assert.equal(BigInt(sum), exact);
        assert.equal(typeof sum, exact <= BigInt(maxMicros) && exact >= -BigInt(maxMicros) ? 'number' : 'bigint');
        assert.equal(amounts.toReversed().reduce<Micros>(addMicros, 0), sum);
        assert.equal(addMicros(sum, -sum), 0);
      }),
    );
  });

  it('is a number up to 2^53 - 1 and not one more, and comes back', () => {
    assert.equal(addMicros(maxMicros - 1, 1), maxMicros);
    assert.equal(addMicros(maxMicros, 1), 9_007_199_254_740_992n);
    assert.equal(addMicros(maxMicros, 2), 9_007_199_254_740_993n);
    assert.equal(addMicros(-maxMicros, -2), -9_007_199_254_740_993n);
    assert.equal(addMicros(9_007_199_254_740_993n, -2), maxMicros);
    assert.ok(addMicros(maxMicros, 2) > maxMicros);
    assert.deepEqual([microsOf(7n), microsOf(-(2n ** 53n))], [7, -(2n ** 53n)]);
  });

  it('is the nearest amount where only an amount will do', () => {
    assert.deepEqual([7, 2n ** 60n, -(2n ** 60n)].map(saturated), [7, maxMicros, -maxMicros]);
  });
});

describe('half to even', () => {
  for (const [numerator, denominator, quotient] of [
    [1, 2, 0],
    [3, 2, 2],
    [5, 2, 2],
    [7, 2, 4],
    [499_999, 1_000_000, 0],
    [500_000, 1_000_000, 0],
    [500_001, 1_000_000, 1],
    [1_500_000, 1_000_000, 2],
    [2_500_000, 1_000_000, 2],
    [2, 3, 1],
    [1, 3, 0],
    [maxMicros, 1, maxMicros],
    [maxMicros, maxMicros, 1],
    [maxMicros, 2, 2 ** 52],
    [0, 7, 0],
  ] as const) {
    it(`${String(numerator)} / ${String(denominator)} is ${String(quotient)}`, () => {
      assert.equal(divideSafeHalfEven(numerator, denominator), quotient);
      assert.equal(divideHalfEven(BigInt(numerator), BigInt(denominator)), BigInt(quotient));
      assert.equal(divideHalfEven(-BigInt(numerator), BigInt(denominator)), -BigInt(quotient));
    });
  }

  it('is never farther than a half, and even on a tie', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 120n), max: 2n ** 120n }),
        fc.bigInt({ min: 1n, max: 2n ** 60n }),
        (numerator, denominator) => {
          const quotient = divideHalfEven(numerator, denominator);
          const rest = numerator - quotient * denominator;
          const twice = (rest < 0n ? -rest : rest) * 2n;
          assert.ok(twice < denominator || (twice === denominator && quotient % 2n === 0n));
        },
      ),
    );
  });

  it('is the same in doubles as in big integers', () => {
    const nearMultiple = (numerator: fc.Arbitrary<number>): fc.Arbitrary<[number, number]> =>
      fc
        .tuple(numerator, positive, fc.integer({ min: -2, max: 2 }))
        .map(([n, d, by]): [number, number] => [n - (n % d) + by, d])
        .filter(([n]) => Number.isSafeInteger(n) && n >= 0);
    const huge = fc.integer({ min: 2 ** 52, max: maxMicros });
    const division = fc.oneof(fc.tuple(natural, positive), nearMultiple(natural), nearMultiple(huge));
    fc.assert(
      fc.property(division, ([numerator, denominator]) => {
        const judge = divideHalfEven(BigInt(numerator), BigInt(denominator));
        assert.equal(BigInt(divideSafeHalfEven(numerator, denominator)), judge);
      }),
      { numRuns: 5_000 },
    );
  });

  it('multiplies without losing a digit', () => {
    fc.assert(
      fc.property(natural, natural, positive, (a, b, denominator) => {
        const judge = divideHalfEven(BigInt(a) * BigInt(b), BigInt(denominator));
        assert.equal(multiplyDivideHalfEven(a, b, denominator), microsOf(judge));
        const bigger = BigInt(a) + 2n ** 53n;
        const judged = divideHalfEven(bigger * BigInt(b), BigInt(denominator));
        assert.equal(multiplyDivideHalfEven(bigger, b, denominator), microsOf(judged));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('basisPointsOf', () => {
  for (const [decimal, basisPoints] of [
    [1.3, 13_000],
    [0.5, 5_000],
    [0.8, 8_000],
    [0, 0],
    [1, 10_000],
    [0.0001, 1],
    [1.0001, 10_001],
    [100_000.0003, 1_000_000_003],
  ] as const) {
    it(`${String(decimal)} is ${String(basisPoints)}`, () => {
      assert.equal(basisPointsOf(decimal), basisPoints);
    });
  }
  for (const decimal of [
    1.00005,
    0.12345,
    1 / 3,
    0.1 + 0.2,
    -0.5,
    NaN,
    Infinity,
    -Infinity,
    1e300,
    1e-9,
    Number.MIN_VALUE,
  ]) {
    it(`refuses ${String(decimal)}`, () => {
      assert.equal(basisPointsOf(decimal), undefined);
    });
  }
  it('reads every decimal of four places', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (n) => {
        const text = `${String(Math.floor(n / 10_000))}.${String(n % 10_000).padStart(4, '0')}`;
        assert.equal(basisPointsOf(Number(text)), n);
        assert.equal(basisPointsOf(Number(`${text}5`)), undefined);
      }),
    );
  });
});
