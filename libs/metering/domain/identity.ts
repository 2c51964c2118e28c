import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { contentHashes } from './content-hash.js';
import { createMeteredBatch } from './metered-batch.js';
import { attributions, ratings } from './metering.events.js';
import type { MeteredColumns } from './metering.events.js';
import type { RecordRow } from './record-row.js';

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
/** What `sourceKey` is of: records of one source mostly follow each other. */
const hashed = { seed: 0, source: '' };

/** Writes the key of the identity (source, id) to `out[at..at + 2]`. `seed` is the kind of key. */
export const identityKey = (seed: number, source: string, id: string, out: Uint32Array, at: number): void => {
  if (source !== hashed.source || seed !== hashed.seed) {
    fingerprint(source, seed, sourceKey, 0);
    hashed.seed = seed;
    hashed.source = source;
  }
  pairWith(sourceKey, 0, id, out, at);
};

const pairWith = (source: Uint32Array, from: number, id: string, out: Uint32Array, at: number): void => {
  fingerprint(id, source[from], out, at);
  out[at + 1] ^= source[from + 1];
  out[at + 2] ^= source[from + 2];
};

/** Memoised: keys of columns that this process has made of records, for which it had to ask the index before. */
const known = new WeakMap<MeteredColumns, Uint32Array>();

/** Says what `identityKeys` of these columns is: whoever folds them in this process does not compute it again. */
export const rememberIdentityKeys = (columns: MeteredColumns, keys: Uint32Array): void => {
  known.set(columns, keys);
};

/** Keys of the identities of all rows of an event, row after row. */
export const identityKeys = (columns: MeteredColumns, out: Uint32Array): void => {
  const keys = known.get(columns);
  if (keys === undefined) computeIdentityKeys(columns, out);
  else out.set(keys);
};

const computeIdentityKeys = (columns: MeteredColumns, out: Uint32Array): void => {
  const sources = new Uint32Array(columns.words.length * fingerprintWords);
  const isHashed = new Uint8Array(columns.words.length);
  for (let row = 0; row < columns.count; row++) {
    const place = columns.source[row];
    const from = place * fingerprintWords;
    if (isHashed[place] === 0) {
      fingerprint(columns.words[place], keySeeds.identity, sources, from);
      isHashed[place] = 1;
    }
    pairWith(sources, from, columns.id[row], out, row * fingerprintWords);
  }
};

const hash = new Uint32Array(1);

/**
 * The hash of the content of a record that is not stored yet. Asked only about an identity that the log already holds, so
 * the detour through a batch of one costs nothing that matters.
 */
export const sentHash = (row: RecordRow): number => {
  const one = createMeteredBatch(0);
  one.push(row, {
    groupId: row.groupId,
    attribution: attributions.indexOf(row.groupId === '' ? 'unassigned' : 'record'),
    costMicros: Math.max(row.costMicros, 0),
    rating: ratings.indexOf(row.costMicros < 0 ? 'priced' : 'reported'),
    priceVersion: '',
  });
  contentHashes(one.columns(), hash);
  return hash[0];
};
