import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { addToFilter, filterLength } from './bloom-filter.js';
import { compareWords, entryWords, keyWords, positionAt } from './entry.js';
import {
  blockOffset,
  blockWords,
  checksum,
  countWord,
  encodeHeader,
  entriesPerBlock,
  seedOf,
  signBlock,
} from './run-format.js';

const blocksPerWrite = 256;
/** Flushing in steps of 8 MiB keeps a long merge from standing in the way of the log's own flush. */
const writesPerFlush = 8;

/**
 * SSTable: writes one run from entries that come sorted; an entry that comes again is left out. The file has its name
 * only when all of it is on disk.
 */
export class RunBuilder {
  readonly #path: string;
  readonly #seed: number;
  readonly #file: number;
  readonly #buffer = new Uint32Array(blocksPerWrite * blockWords);
  readonly #fences: Uint32Array;
  readonly #filter: Uint32Array;
  /** Where the entry before stands in the buffer. */
  #previous = 0;
  #keys = 0;
  #places = 0;
  #earliest = Infinity;
  #blocksWritten = 0;
  #blocksWaiting = 0;
  #entriesInBlock = 0;

  /** @param most upper bounds of the places and keys that will come */
  constructor(path: string, most: { readonly places: number; readonly keys: number }) {
    this.#path = path;
    this.#seed = seedOf(path);
    this.#fences = new Uint32Array(Math.ceil(most.places / entriesPerBlock));
    this.#filter = new Uint32Array(filterLength(most.keys));
    this.#file = openSync(temporary(path), 'w');
  }

  /** Takes the entry at `entries[at]`. */
  add(entries: Uint32Array, at: number): void {
    const isNewKey = this.#places === 0 || compareWords(entries, at, this.#buffer, this.#previous, keyWords) !== 0;
    if (!isNewKey && compareWords(entries, at, this.#buffer, this.#previous, entryWords) === 0) return;
    if (this.#entriesInBlock === entriesPerBlock) this.#endBlock();
    if (this.#entriesInBlock === 0) this.#fences[this.#blocksWritten + this.#blocksWaiting] = entries[at];
    this.#append(entries, at);
    if (isNewKey) {
      addToFilter(this.#filter, entries, at);
      this.#keys++;
    }
  }

  /** Writes what is left, makes it durable and gives the file its name. Returns the trailer. */
  finish(): Uint32Array<ArrayBuffer> {
    if (this.#entriesInBlock > 0) this.#endBlock();
    this.#write();
    const blocks = this.#blocksWritten;
    const trailer = new Uint32Array(blocks + this.#filter.length);
    trailer.set(this.#fences.subarray(0, blocks));
    trailer.set(this.#filter, blocks);
    writeFully(this.#file, trailer, blockOffset(blocks));
    const header = {
      places: this.#places,
      keys: this.#keys,
      blocks,
      filterWords: this.#filter.length,
      trailerChecksum: checksum(trailer, this.#seed),
      earliest: this.#earliest,
    };
    writeFully(this.#file, encodeHeader(header, this.#seed), 0);
    fsyncSync(this.#file);
    renameSync(temporary(this.#path), this.#path);
    flushDirectory(dirname(this.#path));
    closeSync(this.#file);
    return trailer;
  }

  /** Instead of `finish`, or after it has thrown: leaves no file that is not whole. */
  abandon(): void {
    closeSync(this.#file);
    rmSync(temporary(this.#path), { force: true });
  }

  #append(entries: Uint32Array, at: number): void {
    const to = this.#blocksWaiting * blockWords + this.#entriesInBlock * entryWords;
    for (let word = 0; word < entryWords; word++) this.#buffer[to + word] = entries[at + word];
    this.#previous = to;
    this.#entriesInBlock++;
    this.#places++;
    this.#earliest = Math.min(this.#earliest, positionAt(entries, at));
  }

  #endBlock(): void {
    const start = this.#blocksWaiting * blockWords;
    const block = this.#buffer.subarray(start, start + blockWords);
    block.fill(0, this.#entriesInBlock * entryWords);
    block[countWord] = this.#entriesInBlock;
    signBlock(block, this.#seed, this.#blocksWritten + this.#blocksWaiting);
    this.#entriesInBlock = 0;
    this.#blocksWaiting++;
    if (this.#blocksWaiting === blocksPerWrite) this.#write();
  }

  #write(): void {
    writeFully(
      this.#file,
      this.#buffer.subarray(0, this.#blocksWaiting * blockWords),
      blockOffset(this.#blocksWritten),
    );
    this.#blocksWritten += this.#blocksWaiting;
    this.#blocksWaiting = 0;
    if (this.#blocksWritten % (blocksPerWrite * writesPerFlush) === 0) fdatasyncSync(this.#file);
  }
}

const temporary = (path: string): string => `${path}.tmp`;

/** A disk that is nearly full may take only a part. */
const writeFully = (file: number, words: Uint32Array, position: number): void => {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written, position + written);
};

const flushDirectory = (path: string): void => {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
};
