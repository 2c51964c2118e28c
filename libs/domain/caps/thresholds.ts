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
