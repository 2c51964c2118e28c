import { maxMicros, type Micros, microsOf } from '#kernel/money.js';

const one = 10_000;

/**
 * The thresholds that spend has reached, in basis points, in their order: spent x 10000 >= cap x threshold, exactly
 * (docs/domain.md, Money). Nothing is reached while nothing was spent, also under a cap of 0.
 */
export const thresholdsReached = (
  spentMicros: Micros,
  capMicros: number,
  thresholdsBasisPoints: readonly number[],
): readonly number[] =>
  spentMicros <= 0 ? [] : thresholdsBasisPoints.filter((threshold) => isShareOf(spentMicros, capMicros, threshold));

/** What may be spent without a threshold being reached or left, or the sum passing 2^53 - 1. */
export interface SpendRange {
  readonly from: Micros;
  /** The first sum beyond. */
  readonly below: Micros;
}

export const isInRange = (micros: Micros, { from, below }: SpendRange): boolean => micros >= from && micros < below;

/**
 * The sums around what was spent for which `thresholdsReached` answers the same. They end where an alert has more to say:
 * beyond 2^53 - 1 there are none.
 */
export const steadyRange = (
  spentMicros: Micros,
  capMicros: number | null,
  thresholdsBasisPoints: readonly number[],
): SpendRange => {
  if (spentMicros > maxMicros) return nowhere;
  const bars = capMicros === null ? [] : thresholdsBasisPoints.map((threshold) => barOf(capMicros, threshold));
  return {
    from: bars.findLast((bar) => bar <= spentMicros) ?? -Infinity,
    below: bars.find((bar) => bar > spentMicros && bar <= maxMicros) ?? firstBeyond,
  };
};

const firstBeyond = maxMicros + 1;
const nowhere: SpendRange = { from: firstBeyond, below: firstBeyond };

/** The least sum that reaches a threshold of a cap. */
const barOf = (capMicros: number, threshold: number): Micros => {
  const wanted = BigInt(capMicros) * BigInt(threshold);
  return wanted === 0n ? 1 : microsOf((wanted + BigInt(one) - 1n) / BigInt(one));
};

/** Whether the part is at least so many basis points of the whole, without rounding. */
export const isShareOf = (partMicros: Micros, wholeMicros: Micros, basisPoints: number): boolean =>
  beyondShare(partMicros, wholeMicros, basisPoints) >= 0;

/** Whether the part is more than so many basis points of the whole, without rounding. */
export const isMoreThanShareOf = (partMicros: Micros, wholeMicros: Micros, basisPoints: number): boolean =>
  beyondShare(partMicros, wholeMicros, basisPoints) > 0;

/** How far the part is above the share: only the sign is meant. */
const beyondShare = (partMicros: Micros, wholeMicros: Micros, basisPoints: number): Micros => {
  const [part, whole] = [Number(partMicros) * one, Number(wholeMicros) * basisPoints];
  // Nearly always both are exact as they are, and this is asked for every group and user that moves.
  if (part <= maxMicros && whole <= maxMicros) return part - whole;
  return BigInt(partMicros) * BigInt(one) - BigInt(wholeMicros) * BigInt(basisPoints);
};
