import type { LogLocation } from '#event-sourcing/ports/location-index.js';
import { compareWords, entryWords, keyWords, placeAt } from './entry.js';
import { blockWords, countWord } from './run-format.js';
import { RunReader } from './run-reader.js';

/** One block in memory at a time is enough: everything here is synchronous. */
const block = new Uint32Array(blockWords);

/**
 * SSTable: a run that can be asked. In memory are its filter and the first word of each block (2 bytes a place in all);
 * a key that is there costs one read of 4 KiB, sometimes two; one that is not costs nothing, nearly always.
 */
export class RunFile {
  /** To be asked before anything else (`mayHold`). */
  readonly filter: Uint32Array;
  readonly #reader: RunReader;
  readonly #fences: Uint32Array;

  /** @param trailer of the run, if it is at hand; else it is read. Throws `LocationIndexDamaged`. */
  constructor(path: string, trailer?: Uint32Array) {
    this.#reader = new RunReader(path);
    try {
      const words = trailer ?? this.#reader.readTrailer();
      this.#fences = words.subarray(0, this.#reader.header.blocks);
      this.filter = words.subarray(this.#reader.header.blocks);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get name(): string {
    return this.#reader.name;
  }

  get places(): number {
    return this.#reader.header.places;
  }

  get keys(): number {
    return this.#reader.header.keys;
  }

  /** No place in here has a lower position. */
  get earliest(): number {
    return this.#reader.header.earliest;
  }

  get memoryBytes(): number {
    return this.#fences.byteLength + this.filter.byteLength;
  }

  /** The earliest place under the key. */
  first(words: Uint32Array, at: number): LogLocation | undefined {
    for (let index = this.#blockBefore(words[at]); index < this.#fences.length; index++) {
      this.#reader.readBlocks(index, block);
      const entry = lowerBound(words, at);
      if (entry < block[countWord]) return holdsKey(entry, words, at) ? placeAt(block, entry * entryWords) : undefined;
    }
    return undefined;
  }

  /** Appends every place under the key, in log order. */
  collect(words: Uint32Array, at: number, into: LogLocation[]): void {
    for (let index = this.#blockBefore(words[at]); index < this.#fences.length; index++) {
      this.#reader.readBlocks(index, block);
      for (let entry = lowerBound(words, at); entry < block[countWord]; entry++) {
        if (!holdsKey(entry, words, at)) return;
        into.push(placeAt(block, entry * entryWords));
      }
    }
  }

  close(): void {
    this.#reader.close();
  }

  /** The last block that begins before every key with this first word: what is looked for begins there or behind it. */
  #blockBefore(firstWord: number): number {
    let low = 0;
    let high = this.#fences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#fences[middle] < firstWord) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** The first entry of the block that is not before the key. */
const lowerBound = (words: Uint32Array, at: number): number => {
  let low = 0;
  let high = block[countWord];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWords(block, middle * entryWords, words, at, keyWords) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

const holdsKey = (entry: number, words: Uint32Array, at: number): boolean =>
  compareWords(block, entry * entryWords, words, at, keyWords) === 0;
