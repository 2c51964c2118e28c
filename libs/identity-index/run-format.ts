import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import { entryWords } from './entry.js';

/**
 * A run is a file of sorted entries that never changes: one header block, blocks of entries, then the trailer (for each
 * block of entries the first word of its first key, and the Bloom filter). Every block ends with its checksum, and the
 * header has the trailer's. A checksum is also one of the run's name and the block's number: what stands in another's
 * place is damage, too. Words are in the byte order of the machine: on another kind the magic word reads wrong.
 */
export const blockWords = 1024;
const blockBytes = blockWords * Uint32Array.BYTES_PER_ELEMENT;
export const entriesPerBlock = Math.floor((blockWords - 2) / entryWords);

/** Where a block of entries says how many it holds. */
export const countWord = blockWords - 2;
const checksumWord = blockWords - 1;

const magic = 0x42505232; // "BPR2"
const headerFields = [
  'magic',
  'places',
  'keys',
  'blocks',
  'filterWords',
  'trailerChecksum',
  'earliestHigh',
  'earliestLow',
] as const;

export interface RunHeader {
  readonly places: number;
  /** Distinct keys, or a few more: what the filter was made for. */
  readonly keys: number;
  /** Blocks of entries. */
  readonly blocks: number;
  readonly filterWords: number;
  readonly trailerChecksum: number;
  /** The lowest position in the run. */
  readonly earliest: number;
}

/** Where the checksums of a run begin: with its name, which no other run ever has. */
export const seedOf = (path: string): number => crc32(basename(path));

/** @param seed of the run */
export const checksum = (words: Uint32Array, seed: number): number => crc32(words, seed);

/** Of a block of entries, by its number, counted from 0; the header comes before the first. */
const blockChecksum = (block: Uint32Array, seed: number, number: number): number =>
  checksum(block.subarray(0, checksumWord), (seed + 1 + number) >>> 0);
const headerNumber = -1;

/** Writes a block's checksum into it. */
export const signBlock = (block: Uint32Array, seed: number, number: number): void => {
  block[checksumWord] = blockChecksum(block, seed, number);
};

export const isIntact = (block: Uint32Array, seed: number, number: number): boolean =>
  block[checksumWord] === blockChecksum(block, seed, number);

export const encodeHeader = (header: RunHeader, seed: number): Uint32Array => {
  const block = new Uint32Array(blockWords);
  const earliestHigh = Math.floor(header.earliest / 2 ** 32);
  const fields = { ...header, magic, earliestHigh, earliestLow: header.earliest };
  headerFields.forEach((name, word) => (block[word] = fields[name]));
  signBlock(block, seed, headerNumber);
  return block;
};

/** The header in the block, or undefined if it is not one of ours or was damaged. */
export const decodeHeader = (block: Uint32Array, seed: number): RunHeader | undefined => {
  if (block[0] !== magic || !isIntact(block, seed, headerNumber)) return undefined;
  const [, places, keys, blocks, filterWords, trailerChecksum, earliestHigh, earliestLow] = block;
  return { places, keys, blocks, filterWords, trailerChecksum, earliest: earliestHigh * 2 ** 32 + earliestLow };
};

/** Byte offset of a block of entries, counted from 0. */
export const blockOffset = (block: number): number => (1 + block) * blockBytes;
