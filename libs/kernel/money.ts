/**
 * Money is an integer number of micros of the organisation's currency: 1,000,000 micros are 1 USD. It is kept in a
 * double, which is exact up to 2^53 - 1; beyond that nothing is rounded, it is an error.
 */
export const maxMicros = Number.MAX_SAFE_INTEGER;

/** 1.0 in basis points: multiples and shares are decimals of at most four places. */
const basisPointsPerOne = 10_000;

/** An amount would pass 2^53 - 1 micros (9 billion of a currency), which no double holds exactly. */
export class MoneyOverflow extends Error {
  override readonly name = 'MoneyOverflow';
  constructor() {
    super('An amount would pass 2^53 - 1 micros.');
  }
}

/**
 * The exact sum of two amounts; pass a negated amount to subtract.
 * @throws MoneyOverflow if the sum, on either side of 0, would not be exact
 */
export const addMicros = (a: number, b: number): number => {
  const sum = a + b;
  if (sum > maxMicros || sum < -maxMicros) throw new MoneyOverflow();
  return sum;
};

/** The quotient, rounded to the nearest integer, and a tie to the even one. The denominator is positive. */
export const divideHalfEven = (numerator: bigint, denominator: bigint): bigint => {
  const truncated = numerator / denominator;
  const rest = numerator - truncated * denominator;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const awayFromZero = twice > denominator || (twice === denominator && truncated % 2n !== 0n);
  if (!awayFromZero) return truncated;
  return numerator < 0n ? truncated - 1n : truncated + 1n;
};

/**
 * `divideHalfEven` for a natural numerator and a positive denominator, both safe integers. Exact without BigInt: below
 * 2^53 a quotient that is not whole lies too far from the next whole number to be rounded to it.
 */
export const divideSafeHalfEven = (numerator: number, denominator: number): number => {
  const quotient = Math.floor(numerator / denominator);
  const twice = (numerator - quotient * denominator) * 2;
  return twice > denominator || (twice === denominator && quotient % 2 === 1) ? quotient + 1 : quotient;
};

/**
 * `a x b / denominator`, exact, rounded once, half to even. All three are naturals, the denominator is positive.
 * @throws MoneyOverflow if the result passes 2^53 - 1
 */
export const multiplyDivideHalfEven = (a: number, b: number, denominator: number): number => {
  const product = a * b;
  if (product <= maxMicros) return divideSafeHalfEven(product, denominator);
  return microsOf(divideHalfEven(BigInt(a) * BigInt(b), BigInt(denominator)));
};

/** An exact sum as an amount. @throws MoneyOverflow if it passes 2^53 - 1, on either side of 0 */
export const microsOf = (amount: bigint): number => {
  if (amount > BigInt(maxMicros) || amount < -BigInt(maxMicros)) throw new MoneyOverflow();
  return Number(amount);
};

/**
 * A multiple or a share in basis points: 1.3 gives 13,000. Nothing if it is negative, not finite, too large, or has
 * more than four places. `k / 10000` and the decimal text of the same value round to the same double, so the
 * comparison is exact.
 */
export const basisPointsOf = (decimal: number): number | undefined => {
  const basisPoints = Math.round(decimal * basisPointsPerOne);
  const exact = basisPoints >= 0 && basisPoints <= maxMicros && basisPoints / basisPointsPerOne === decimal;
  return exact ? basisPoints : undefined;
};
