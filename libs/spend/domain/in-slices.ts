/**
 * Work that is done in slices: it yields whenever others may have their turn, and returns its result. The caller
 * decides what happens between slices.
 */
export type InSlices<T> = Generator<undefined, T, undefined>;

/** How many cells are looked at between two yields: well below 2 ms of work. */
export const cellsPerSlice = 10_000;

/** Does all of the work at once. */
export const atOnce = <T>(work: InSlices<T>): T => {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
};
