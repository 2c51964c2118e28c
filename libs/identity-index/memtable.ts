import type { LogLocation } from '#event-sourcing/ports/location-index.js';
import { compareWords, entryWords, keyWords, placeAt, writeEntry } from './entry.js';

/** Words an entry takes here: those of the entry, then the number of the next entry under the same key. */
export const youngEntryWords = entryWords + 1;
const next = entryWords;
/** Mostly empty, because most questions are about keys that are not there: they should end at the first slot. */
const slotsPerEntry = 4;

/**
 * Memtable: the newest places, in memory: a hash table with open addressing over an array of entries.
 *
 * The entries of one key are a ring. The table's slot holds the number of the entry that closes the ring, and that one
 * is followed by the earliest: so the newest and the earliest place of a key are both one step away, and adding costs
 * the same whether the key has one place or a hundred thousand. Entries are numbered from 1; 0 is an empty slot.
 */
export class Memtable {
  /** Shared with the thread that writes a full table to disk. */
  #entries: Uint32Array<SharedArrayBuffer>;
  #slots: Uint32Array;
  #capacity: number;
  #places = 0;
  #keys = 0;

  /** @param capacity entries that fit without growing, a power of two */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#entries = entriesFor(capacity);
    this.#slots = new Uint32Array(slotsPerEntry * capacity);
  }

  /** Entries from number 1 on, `youngEntryWords` apart. Nobody else may write to them. */
  get entries(): Uint32Array<SharedArrayBuffer> {
    return this.#entries;
  }

  /** Number of entries; a place that was added again may be among them twice. */
  get places(): number {
    return this.#places;
  }

  get keys(): number {
    return this.#keys;
  }

  get isFull(): boolean {
    return this.#places === this.#capacity;
  }

  get memoryBytes(): number {
    return this.#entries.byteLength + this.#slots.byteLength;
  }

  /** Adds a place, unless it is the newest or the earliest of its key already. A full table doubles first. */
  add(words: Uint32Array, at: number, place: LogLocation): void {
    if (this.isFull) this.#grow();
    const entries = this.#entries;
    const slot = this.#slotOf(words, at);
    const last = this.#slots[slot];
    const added = this.#places + 1;
    const to = added * youngEntryWords;
    writeEntry(entries, to, words, at, place);
    if (last === 0) {
      entries[to + next] = added;
      this.#slots[slot] = added;
      this.#keys++;
    } else {
      const link = last * youngEntryWords + next;
      const first = entries[link];
      const toFirst = comparePlace(entries, added, first);
      if (toFirst === 0 || comparePlace(entries, added, last) === 0) return;
      entries[to + next] = first;
      entries[link] = added;
      // What comes before the first stands right behind the entry that closes the ring, and so becomes the first.
      if (toFirst > 0) this.#slots[slot] = added;
    }
    this.#places = added;
  }

  /** The earliest place under the key. */
  first(words: Uint32Array, at: number): LogLocation | undefined {
    const last = this.#slots[this.#slotOf(words, at)];
    return last === 0 ? undefined : placeAt(this.#entries, this.#follow(last) * youngEntryWords);
  }

  /** Appends every place under the key, in the order of adding, perhaps with repeats. */
  collect(words: Uint32Array, at: number, into: LogLocation[]): void {
    const last = this.#slots[this.#slotOf(words, at)];
    if (last === 0) return;
    let entry = last;
    do {
      entry = this.#follow(entry);
      into.push(placeAt(this.#entries, entry * youngEntryWords));
    } while (entry !== last);
  }

  /** Forgets everything, to be used again. */
  clear(): void {
    this.#slots.fill(0);
    this.#places = 0;
    this.#keys = 0;
  }

  #follow(entry: number): number {
    return this.#entries[entry * youngEntryWords + next];
  }

  /** The slot of the key, or the empty one where it belongs. */
  #slotOf(words: Uint32Array, at: number): number {
    const mask = this.#slots.length - 1;
    let slot = words[at + 1] & mask;
    while (this.#slots[slot] !== 0 && !this.#holds(this.#slots[slot], words, at)) slot = (slot + 1) & mask;
    return slot;
  }

  #holds(entry: number, words: Uint32Array, at: number): boolean {
    return compareWords(this.#entries, entry * youngEntryWords, words, at, keyWords) === 0;
  }

  #grow(): void {
    const { length } = this.#slots;
    const entries = entriesFor(2 * this.#capacity);
    entries.set(this.#entries);
    const closing = this.#slots.filter((entry) => entry !== 0);
    this.#capacity *= 2;
    this.#entries = entries;
    this.#slots = new Uint32Array(2 * length);
    for (const entry of closing) this.#slots[this.#slotOf(entries, entry * youngEntryWords)] = entry;
  }
}

const entriesFor = (capacity: number): Uint32Array<SharedArrayBuffer> =>
  new Uint32Array(new SharedArrayBuffer((capacity + 1) * youngEntryWords * Uint32Array.BYTES_PER_ELEMENT));

const comparePlace = (entries: Uint32Array, a: number, b: number): number =>
  compareWords(entries, a * youngEntryWords + keyWords, entries, b * youngEntryWords + keyWords, entryWords - keyWords);
