/** A stream of random numbers that is the same for the same seed, on every machine. */
export interface Random {
  /** In `[0, 1)`. */
  readonly next: () => number;
  /** A whole number from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(choices: readonly T[]) => T;
  readonly weighted: <T>(choices: readonly Weighted<T>[]) => T;
  /** A natural, half of the time below the median; two of three lie within a factor of `e ** spread`. */
  readonly amountAround: (median: number, spread: number) => number;
}

export type Weighted<T> = readonly [choice: T, weight: number];

export const createRandom = (seed: number): Random => {
  const next = mulberry32(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)];
  const weighted = <T>(choices: readonly Weighted<T>[]): T => {
    let left = next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    const chosen = choices.find(([, weight]) => (left -= weight) < 0) ?? choices[choices.length - 1];
    return chosen[0];
  };
  // The sum of three uniform numbers is near enough to a normal one.
  const bell = (): number => (next() + next() + next() - 1.5) * 2;
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick,
    weighted,
    amountAround: (median, spread) => Math.round(median * Math.exp(spread * bell())),
  };
};

/** Tommy Ettinger's generator: 32 bits of state, no more than a demo needs. */
const mulberry32 = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
