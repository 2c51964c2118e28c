import { setImmediate } from 'node:timers/promises';
import { compareWords, entryWords } from './entry.js';
import type { RunBuilder } from './run-builder.js';
import { blockWords, countWord } from './run-format.js';
import type { RunReader } from './run-reader.js';

const blocksPerRead = 64;
/** After so many entries a merge lets others have a turn: about 5 ms. */
const entriesPerTurn = 32_768;

/** Adds the entries of all runs in their order. */
export const mergeRuns = async (readers: readonly RunReader[], builder: RunBuilder): Promise<void> => {
  const cursors = readers.map((reader) => new RunCursor(reader));
  let live = cursors.filter((cursor) => !cursor.isDone);
  for (let taken = 1; live.length > 0; taken++) {
    const lowest = lowestOf(live);
    builder.add(lowest.words, lowest.at);
    lowest.advance();
    if (lowest.isDone) live = live.filter((cursor) => cursor !== lowest);
    if (taken % entriesPerTurn === 0) await setImmediate();
  }
};

const lowestOf = (cursors: readonly RunCursor[]): RunCursor => {
  let lowest = cursors[0];
  for (let i = 1; i < cursors.length; i++) {
    const other = cursors[i];
    if (compareWords(other.words, other.at, lowest.words, lowest.at, entryWords) < 0) lowest = other;
  }
  return lowest;
};

/** Stands on one entry of a run after another: on the one at `words[at]`. */
class RunCursor {
  readonly words: Uint32Array;
  at = 0;
  isDone = false;
  readonly #reader: RunReader;
  #blocksRead = 0;
  #blockStart = 0;
  #blockEnd = 0;

  constructor(reader: RunReader) {
    this.#reader = reader;
    this.words = new Uint32Array(Math.min(blocksPerRead, reader.header.blocks) * blockWords);
    this.#read();
  }

  advance(): void {
    this.at += entryWords;
    if (this.at < this.#blockEnd) return;
    const nextBlock = this.#blockStart + blockWords;
    const inBuffer = this.#blocksInBuffer * blockWords;
    if (nextBlock < inBuffer) this.#enter(nextBlock);
    else this.#read();
  }

  #blocksInBuffer = 0;

  #read(): void {
    const blocks = Math.min(this.words.length / blockWords, this.#reader.header.blocks - this.#blocksRead);
    if (blocks === 0) {
      this.isDone = true;
      return;
    }
    this.#reader.readBlocks(this.#blocksRead, this.words.subarray(0, blocks * blockWords));
    this.#blocksRead += blocks;
    this.#blocksInBuffer = blocks;
    this.#enter(0);
  }

  #enter(blockStart: number): void {
    this.#blockStart = blockStart;
    this.#blockEnd = blockStart + this.words[blockStart + countWord] * entryWords;
    this.at = blockStart;
  }
}
