import { fingerprint, fingerprintWords, finish } from '#kernel/fingerprint.js';
import { everyColumn } from './metered-row.js';
import type { EveryColumn } from './metered-row.js';
import { overZeroRatings, ratings } from './metering.events.js';
import type { MeteredColumns } from './metering.events.js';

/** Keeps kinds of keys in the place index apart. */
export const keySeeds = {
  identity: 1,
  task: 2,
  child: 3,
  finish: 4,
  correction: 5,
  fanOutRequest: 6,
  fanOut: 7,
  taskGroup: 8,
  taskMoved: 9,
} as const;

const sourceKey = new Uint32Array(fingerprintWords);

/** Writes the key of the identity (source, id) to `out[at..at + 2]`. `seed` is the kind of key. */
export const identityKey = (seed: number, source: string, id: string, out: Uint32Array, at: number): void => {
  fingerprint(source, seed, sourceKey, 0);
  pairWith(sourceKey, 0, id, out, at);
};

const pairWith = (source: Uint32Array, from: number, id: string, out: Uint32Array, at: number): void => {
  fingerprint(id, source[from], out, at);
  out[at + 1] ^= source[from + 1];
  out[at + 2] ^= source[from + 2];
};

/** Keys of the identities of all rows of an event, row after row. */
export const identityKeys = (columns: MeteredColumns, out: Uint32Array): void => {
  const sources = new Uint32Array(columns.words.length * fingerprintWords);
  const known = new Uint8Array(columns.words.length);
  for (let row = 0; row < columns.count; row++) {
    const place = columns.source[row];
    const from = place * fingerprintWords;
    if (known[place] === 0) {
      fingerprint(columns.words[place], keySeeds.identity, sources, from);
      known[place] = 1;
    }
    pairWith(sources, from, columns.id[row], out, row * fingerprintWords);
  }
};

/** One word into a running 32-bit hash, with half the work of MurmurHash3's step: `finish` spreads the rest. */
const mix = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};

/** 32-bit hash of a text, over its code units. */
const textHash = (text: string): number => {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i));
  return finish(hash);
};

/**
 * A 32-bit hash of each row's content as it was sent: everything the sender said besides the identity. What Bursar
 * decided (group by membership, rated cost) is left out, so that a repeat is a duplicate whatever changed since.
 */
export const contentHashes = (columns: MeteredColumns, out: Uint32Array): void => {
  const hashes = new Int32Array(columns.words.length);
  for (let place = 1; place < hashes.length; place++) hashes[place] = textHash(columns.words[place]);
  const every = everyColumn(columns);
  for (let row = 0; row < columns.count; row++) out[row] = contentTag(every, row, hashes);
};

/** By place in `ratings`, what the sender has said the cost is; undefined for the cost of the record itself. */
const reportedCosts: readonly (number | undefined)[] = ratings.map((rating) => {
  if (rating === 'reported') return undefined;
  return overZeroRatings.has(rating) ? 0 : -1;
});
const fastMark = 0x66617374;

const contentTag = (every: EveryColumn, row: number, hashes: Int32Array): number => {
  const reportedCost = reportedCosts[every.rating[row]] ?? every.costMicros[row];
  const reportedGroup = every.attribution[row] === 0 ? every.groupId[row] : 0;
  let tag = mix(0, hashes[every.taskId[row]]);
  tag = mix(tag, hashes[every.parentTaskId[row]]);
  tag = mix(tag, hashes[every.userId[row]]);
  tag = mix(tag, hashes[reportedGroup]);
  tag = mix(tag, hashes[every.model[row]]);
  tag = mix(tag, hashes[every.scheduleId[row]]);
  tag = mix(tag, hashes[every.fanOutId[row]]);
  tag = mix(tag, hashes[every.skill[row]]);
  tag = mix(tag, hashes[every.plugin[row]]);
  tag = mix(tag, hashes[every.connector[row]]);
  tag = mix(tag, hashes[every.tool[row]]);
  tag = mix(tag, every.trigger[row] * 4 + every.batch[row] * 2 + every.hasUsage[row]);
  tag = mixNumber(tag, every.occurredAtMs[row]);
  tag = mixNumber(tag, reportedCost);
  tag = mixNumber(tag, every.inputTokens[row]);
  tag = mixNumber(tag, every.outputTokens[row]);
  tag = mixNumber(tag, every.cacheReadTokens[row]);
  tag = mixNumber(tag, every.cacheWrite5mTokens[row]);
  tag = mixNumber(tag, every.cacheWrite1hTokens[row]);
  tag = mixNumber(tag, every.durationMs[row]);
  tag = mixNumber(tag, every.sourceCount[row]);
  // Records of before knew neither: their tags stay.
  if (every.fast[row] !== 0) tag = mix(tag, fastMark);
  if (every.webSearches[row] !== 0) tag = mixNumber(tag, every.webSearches[row]);
  return finish(tag) >>> 0;
};

// Rounded down, not towards 0: -1, which stands for what was not said, must differ from 2^32 - 1.
const mixNumber = (hash: number, value: number): number => mix(mix(hash, value | 0), Math.floor(value / 0x1_0000_0000));
