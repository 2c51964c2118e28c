/**
 * Money is an integer number of micros of the organisation's currency: 1,000,000 micros are 1 USD. An amount (a cost, a
 * cap, a hold) is a double, which is exact up to 2^53 - 1.
 */
export const maxMicros = Number.MAX_SAFE_INTEGER;

/**
 * A sum of amounts, exact whatever its size: a number up to 2^53 - 1 on either side of 0, and only beyond that a bigint.
 * Both kinds compare with `<` and `>`, exactly.
 */
export type Micros = number | bigint;

/** 1.0 in basis points: multiples and shares are decimals of at most four places. */
const basisPointsPerOne = 10_000;

/** The exact sum of two sums; pass a negated one to subtract. */
export const addMicros = (a: Micros, b: Micros): Micros => {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    // A sum that is rounded is beyond: rounding never takes one of 2^53 or more below it.
    if (sum <= maxMicros && sum >= -maxMicros) return sum;
  }
  return microsOf(BigInt(a) + BigInt(b));
};

/** A sum in its one form: a number where that is exact. */
export const microsOf = (sum: bigint): Micros => (sum <= most && sum >= -most ? Number(sum) : sum);

/** The sum if it is an amount, else the nearest amount. */
export const saturated = (sum: Micros): number => {
  if (typeof sum === 'number') return sum;
  return sum < 0n ? -maxMicros : maxMicros;
};

const most = BigInt(maxMicros);

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

/** `a x b / denominator`, exact, rounded once, half to even. None is negative, and the denominator is positive. */
export const multiplyDivideHalfEven = (a: Micros, b: number, denominator: number): Micros => {
  const product = Number(a) * b;
  if (product <= maxMicros) return divideSafeHalfEven(product, denominator);
  return microsOf(divideHalfEven(BigInt(a) * BigInt(b), BigInt(denominator)));
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
