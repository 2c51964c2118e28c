import { compareWords, entryWords } from './entry.js';

/** First word and number of an entry in one double: 32 + 21 bits, so that the engine's own sort of numbers does it. */
const numbers = 2 ** 21;

/**
 * The order of entries 1 to `places`, which stand `stride` words apart (entry 1 at `stride`), as their numbers.
 * At most 2^21 - 1 entries. They come in log order, mostly: then entries whose first words meet need little work.
 */
export const sortEntries = (entries: Uint32Array, stride: number, places: number): Uint32Array => {
  const ranked = new Float64Array(places);
  for (let i = 0; i < places; i++) ranked[i] = entries[(i + 1) * stride] * numbers + i + 1;
  ranked.sort();
  const order = new Uint32Array(places);
  for (let i = 0; i < places; i++) order[i] = ranked[i] % numbers;
  const compare = (a: number, b: number): number => compareWords(entries, a * stride, entries, b * stride, entryWords);
  for (let start = 0; start < places;) {
    const end = endOfGroup(ranked, start);
    if (end - start > 1) order.subarray(start, end).sort(compare);
    start = end;
  }
  return order;
};

/** Where the entries end that have the same first word as the one at `start`. */
const endOfGroup = (ranked: Float64Array, start: number): number => {
  const nextWord = (Math.floor(ranked[start] / numbers) + 1) * numbers;
  let end = start + 1;
  while (end < ranked.length && ranked[end] < nextWord) end++;
  return end;
};
