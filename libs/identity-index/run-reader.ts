import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { LocationIndexDamaged } from '#event-sourcing/ports/location-index.js';
import { blockOffset, blockWords, checksum, decodeHeader, isIntact, type RunHeader, seedOf } from './run-format.js';

/** Reads blocks of one run and trusts none of them without its checksum: everything here may throw `LocationIndexDamaged`. */
export class RunReader {
  readonly name: string;
  readonly header: RunHeader;
  readonly #file: number;
  readonly #seed: number;

  constructor(path: string) {
    this.name = basename(path);
    this.#seed = seedOf(path);
    this.#file = openRun(path, this.name);
    try {
      this.header = this.#readHeader();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Reads as many whole blocks as fit into `out`, from a block on, and checks each. */
  readBlocks(block: number, out: Uint32Array): void {
    this.#read(out, blockOffset(block));
    for (let at = 0, number = block; at < out.length; at += blockWords, number++) {
      if (!isIntact(out.subarray(at, at + blockWords), this.#seed, number)) {
        throw this.#damaged(`block ${String(number)} does not fit its checksum`);
      }
    }
  }

  /** The first word of each block, then the filter. */
  readTrailer(): Uint32Array<ArrayBuffer> {
    const trailer = new Uint32Array(this.header.blocks + this.header.filterWords);
    this.#read(trailer, blockOffset(this.header.blocks));
    if (checksum(trailer, this.#seed) !== this.header.trailerChecksum) {
      throw this.#damaged('the trailer does not fit its checksum');
    }
    return trailer;
  }

  close(): void {
    closeSync(this.#file);
  }

  #readHeader(): RunHeader {
    const block = new Uint32Array(blockWords);
    this.#read(block, 0);
    const header = decodeHeader(block, this.#seed);
    if (header === undefined) throw this.#damaged('it does not begin with a header of this version');
    const trailerBytes = (header.blocks + header.filterWords) * Uint32Array.BYTES_PER_ELEMENT;
    const bytes = blockOffset(header.blocks) + trailerBytes;
    if (fstatSync(this.#file).size !== bytes) throw this.#damaged('it is not as long as its header says');
    return header;
  }

  #read(out: Uint32Array, position: number): void {
    let read: number;
    try {
      read = readSync(this.#file, out, 0, out.byteLength, position);
    } catch (error) {
      throw new LocationIndexDamaged(`run ${this.name} cannot be read`, { cause: error });
    }
    if (read !== out.byteLength) throw this.#damaged('it ends too early');
  }

  #damaged(detail: string): LocationIndexDamaged {
    return new LocationIndexDamaged(`run ${this.name} is damaged: ${detail}`);
  }
}

const openRun = (path: string, name: string): number => {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new LocationIndexDamaged(`run ${name} is missing`, { cause: error });
  }
};
