import type { LogLocation } from '#event-sourcing/ports/location-index.js';

/**
 * An entry is a key and one of its places: three words of the key, then position (high word first), row and tag.
 * Compared word by word, entries stand in order of key, and under one key in the order of the log.
 */
export const keyWords = 3;
export const entryWords = 7;

const highWord = 2 ** 32;

/** Compares `count` words of `a` from `i` with those of `b` from `j`: -1, 0 or 1. */
export const compareWords = (a: Uint32Array, i: number, b: Uint32Array, j: number, count: number): number => {
  for (let word = 0; word < count; word++) {
    const x = a[i + word];
    const y = b[j + word];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
};

/** The order of the log; places that differ in nothing else are ordered by tag. */
export const comparePlaces = (a: LogLocation, b: LogLocation): number =>
  a.position - b.position || a.row - b.row || a.tag - b.tag;

/** In log order and without repeats. Sorts in place; sources that are asked in log order leave next to nothing to do. */
export const inLogOrder = (places: LogLocation[]): readonly LogLocation[] =>
  places.sort(comparePlaces).filter((place, index) => index === 0 || comparePlaces(places[index - 1], place) !== 0);

export const writeEntry = (out: Uint32Array, to: number, words: Uint32Array, at: number, place: LogLocation): void => {
  out[to] = words[at];
  out[to + 1] = words[at + 1];
  out[to + 2] = words[at + 2];
  out[to + 3] = Math.floor(place.position / highWord);
  out[to + 4] = place.position;
  out[to + 5] = place.row;
  out[to + 6] = place.tag;
};

export const positionAt = (entries: Uint32Array, at: number): number => entries[at + 3] * highWord + entries[at + 4];

export const placeAt = (entries: Uint32Array, at: number): LogLocation => ({
  position: positionAt(entries, at),
  row: entries[at + 5],
  tag: entries[at + 6],
});
