const one = 10_000;

/**
 * The thresholds that spend has reached, in basis points, in their order: spent x 10000 >= cap x threshold, exactly
 * (domain.md, Money). Nothing is reached while nothing was spent, also under a cap of 0.
 */
export const thresholdsReached = (
  spentMicros: number,
  capMicros: number,
  thresholdsBasisPoints: readonly number[],
): readonly number[] =>
  spentMicros <= 0 ? [] : thresholdsBasisPoints.filter((threshold) => isShareOf(spentMicros, capMicros, threshold));

/** What may be spent without a threshold being reached or left. Micros. */
export interface SpendRange {
  readonly from: number;
  /** The first amount beyond. */
  readonly below: number;
}

export const isWithin = (micros: number, { from, below }: SpendRange): boolean => micros >= from && micros < below;

/** The amounts around what was spent for which `thresholdsReached` answers the same. Without a cap, every amount. */
export const steadyRange = (
  spentMicros: number,
  capMicros: number | null,
  thresholdsBasisPoints: readonly number[],
): SpendRange => {
  const bars = capMicros === null ? [] : thresholdsBasisPoints.map((threshold) => barOf(capMicros, threshold));
  return {
    from: Math.max(-Infinity, ...bars.filter((bar) => bar <= spentMicros)),
    below: Math.min(Infinity, ...bars.filter((bar) => bar > spentMicros)),
  };
};

/** The least amount that reaches a threshold of a cap. One beyond 2^53 - 1 is rounded; no spend reaches it. */
const barOf = (capMicros: number, threshold: number): number => {
  const wanted = BigInt(capMicros) * BigInt(threshold);
  return Math.max(1, Number((wanted + BigInt(one) - 1n) / BigInt(one)));
};

/** Whether the part is at least so many basis points of the whole, without rounding. */
export const isShareOf = (partMicros: number, wholeMicros: number, basisPoints: number): boolean =>
  beyondShare(partMicros, wholeMicros, basisPoints) >= 0;

/** Whether the part is more than so many basis points of the whole, without rounding. */
export const isMoreThanShareOf = (partMicros: number, wholeMicros: number, basisPoints: number): boolean =>
  beyondShare(partMicros, wholeMicros, basisPoints) > 0;

/** How far the part is above the share: only the sign is meant. */
const beyondShare = (partMicros: number, wholeMicros: number, basisPoints: number): number | bigint => {
  const [part, whole] = [partMicros * one, wholeMicros * basisPoints];
  // Nearly always both are exact as they are, and this is asked for every group and user that moves.
  if (part <= Number.MAX_SAFE_INTEGER && whole <= Number.MAX_SAFE_INTEGER) return part - whole;
  return BigInt(partMicros) * BigInt(one) - BigInt(wholeMicros) * BigInt(basisPoints);
};
