import type { InSlices } from './in-slices.js';

const runLength = 1024;
const movesPerSlice = 8192;

/**
 * The smallest `limit` of the numbers, in order. A merge sort that cuts its runs at the limit, and skips what is
 * beyond a full one: the first hundred of a hundred thousand cost little more than looking at them.
 *
 * @param candidates yields `undefined` where others may have their turn
 */
export function* smallest(
  candidates: Iterable<number | undefined>,
  limit: number,
  compare: (a: number, b: number) => number,
): InSlices<number[]> {
  const runs: number[][] = [];
  let run: number[] = [];
  let bar: number | undefined;
  for (const candidate of candidates) {
    if (candidate === undefined) {
      yield;
      continue;
    }
    if (bar !== undefined && compare(candidate, bar) >= 0) continue;
    if (run.push(candidate) < runLength) continue;
    yield* stack(runs, run, limit, compare);
    run = [];
    if (runs[0].length === limit) bar = runs[0][limit - 1];
    yield;
  }
  runs.push(run.sort(compare).slice(0, limit));
  while (runs.length > 1) yield* mergeLastTwo(runs, limit, compare);
  return runs[0];
}

/** Puts a run on the stack, and merges while the one below is not much longer: n log n in all. */
function* stack(
  runs: number[][],
  run: number[],
  limit: number,
  compare: (a: number, b: number) => number,
): InSlices<void> {
  runs.push(run.sort(compare).slice(0, limit));
  while (runs.length > 1 && runs[runs.length - 2].length <= 2 * runs[runs.length - 1].length) {
    yield* mergeLastTwo(runs, limit, compare);
  }
}

function* mergeLastTwo(runs: number[][], limit: number, compare: (a: number, b: number) => number): InSlices<void> {
  const [a, b] = runs.splice(-2);
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while (merged.length < limit && (i < a.length || j < b.length)) {
    merged.push(j === b.length || (i < a.length && compare(a[i], b[j]) <= 0) ? a[i++] : b[j++]);
    if (merged.length % movesPerSlice === 0) yield;
  }
  runs.push(merged);
}
