import { finish } from '#kernel/fingerprint.js';
import type { ContentPart, MeteringField } from './metering-field.js';
import { overZeroRatings, ratings, rowsPerEvent } from './metering.events.js';
import type { MeteredColumns } from './metering.events.js';
import { rowFields } from './record-row.js';

/**
 * A 32-bit hash of each row's content as it was sent: everything the sender said besides the identity. What Bursar
 * decided (group by membership, rated cost) is left out, so that a repeat is a duplicate whatever changed since.
 */
export const contentHashes = (columns: MeteredColumns, out: Uint32Array): void => {
  const { count, words } = columns;
  const hashes = new Int32Array(words.length);
  for (let place = 1; place < hashes.length; place++) hashes[place] = textHash(words[place]);
  out.fill(0, 0, count);
  for (const mixIn of turns) mixIn(columns, hashes, out);
  for (let row = 0; row < count; row++) out[row] = finish(out[row]);
};

/** Mixes what one turn says of each row into the hash of the row: column by column, which is quicker than row by row. */
type Turn = (columns: MeteredColumns, hashes: Int32Array, out: Uint32Array) => void;

const hashedFields = rowFields.filter((field) => 'hashed' in field);
type HashedField = (typeof hashedFields)[number];

const turnOf = (fields: readonly HashedField[]): Turn => {
  const [field] = fields;
  const { name } = field;
  const { isLater }: MeteringField = field;
  switch (field.hashed.as) {
    case 'text':
      return (columns, hashes, out) => {
        mixTexts(columns[name], columns.count, hashes, out);
      };
    case 'number': {
      const absent = Number(field.absent);
      return (columns, _, out) => {
        if (isLater === undefined) mixNumbers(columns[name], columns.count, absent, out);
        else mixLaterNumbers(columns[name], columns.count, out);
      };
    }
    case 'packed': {
      const { times } = field.hashed;
      return (columns, _, out) => {
        if (isLater !== undefined) mixLaterWords(columns[name], columns.count, times, out);
        else mixPacked(columns, fields, out);
      };
    }
    case 'sentGroup':
      return mixSentGroups;
    case 'sentCost':
      return mixSentCosts;
  }
};

/** The column of a text that no row says is left out: the empty text counts as 0. */
const mixTexts = (places: readonly number[] | undefined, count: number, hashes: Int32Array, out: Uint32Array): void => {
  for (let row = 0; row < count; row++) out[row] = mix(out[row], places === undefined ? 0 : hashes[places[row]]);
};

const mixNumbers = (values: readonly number[] | undefined, count: number, absent: number, out: Uint32Array): void => {
  for (let row = 0; row < count; row++) out[row] = mixNumber(out[row], values === undefined ? absent : values[row]);
};

const mixLaterNumbers = (values: readonly number[] | undefined, count: number, out: Uint32Array): void => {
  if (values === undefined) return;
  for (let row = 0; row < count; row++) if (values[row] !== 0) out[row] = mixNumber(out[row], values[row]);
};

const mixLaterWords = (values: readonly number[] | undefined, count: number, times: number, out: Uint32Array): void => {
  if (values === undefined) return;
  for (let row = 0; row < count; row++) if (values[row] !== 0) out[row] = mix(out[row], values[row] * times);
};

const packed = new Int32Array(rowsPerEvent);
const mixPacked = (columns: MeteredColumns, fields: readonly HashedField[], out: Uint32Array): void => {
  const { count } = columns;
  packed.fill(0, 0, count);
  for (const { name, hashed } of fields) {
    const values = columns[name];
    const { times = 1 }: ContentPart = hashed;
    if (values !== undefined) for (let row = 0; row < count; row++) packed[row] += values[row] * times;
  }
  for (let row = 0; row < count; row++) out[row] = mix(out[row], packed[row]);
};

/** The group that the record named; where it was chosen otherwise, none. */
const mixSentGroups: Turn = ({ count, attribution, groupId }, hashes, out) => {
  for (let row = 0; row < count; row++) out[row] = mix(out[row], attribution[row] === 0 ? hashes[groupId[row]] : 0);
};

/** By place in `ratings`, what the sender has said the cost is; undefined for the cost of the record itself. */
const reportedCosts: readonly (number | undefined)[] = ratings.map((rating) => {
  if (rating === 'reported') return undefined;
  return overZeroRatings.has(rating) ? 0 : -1;
});
const mixSentCosts: Turn = ({ count, rating, costMicros }, _, out) => {
  for (let row = 0; row < count; row++) {
    out[row] = mixNumber(out[row], reportedCosts[rating[row]] ?? costMicros[row]);
  }
};

const turns: readonly Turn[] = [...new Set(hashedFields.map(({ hashed }) => hashed.turn))]
  .sort((one, other) => one - other)
  .map((turn) => turnOf(hashedFields.filter(({ hashed }) => hashed.turn === turn)));

/** One word into a running 32-bit hash, with half the work of MurmurHash3's step: `finish` spreads the rest. */
const mix = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};

// Rounded down, not towards 0: -1, which stands for what was not said, must differ from 2^32 - 1.
const mixNumber = (hash: number, value: number): number => mix(mix(hash, value | 0), Math.floor(value / 0x1_0000_0000));

/** 32-bit hash of a text, over its code units. */
const textHash = (text: string): number => {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i));
  return finish(hash);
};
