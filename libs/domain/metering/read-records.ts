import { fingerprintWords } from '#kernel/fingerprint.js';
import { identityKey, keySeeds } from './identity.js';
import type { RejectedRecord } from './metering-record.js';
import { emptyRow, readRecord } from './read-record.js';
import type { RecordRow } from './read-record.js';
import { createWords } from './words.js';

/** Texts of a record that an event carries as they are, then those that are only asked about. */
export const carriedTexts = [
  ...(['source', 'taskId', 'parentTaskId', 'userId', 'model', 'scheduleId', 'fanOutId'] as const),
  ...(['skill', 'plugin', 'connector', 'tool'] as const),
] as const;
const texts = [...carriedTexts, 'groupId', 'currency', 'id'] as const;
/** Small numbers of a record: places in closed lists, and flags. */
export const smallNumbers = ['trigger', 'batch', 'hasUsage'] as const;
/** Amounts and times of a record that an event carries as they are; the cost, which is asked about, follows. */
export const carriedNumbers = [
  ...(['occurredAtMs', 'durationMs', 'sourceCount', 'inputTokens', 'outputTokens'] as const),
  ...(['cacheReadTokens', 'cacheWrite5mTokens', 'cacheWrite1hTokens'] as const),
] as const;
const numbers = [...carriedNumbers, 'costMicros'] as const;

/** Where things stand in the row of a record. */
export const rowLayout = {
  places: texts.length + smallNumbers.length,
  numbers: numbers.length,
  textAt: (name: (typeof texts)[number]): number => texts.indexOf(name),
  smallNumberAt: (name: (typeof smallNumbers)[number]): number => texts.length + smallNumbers.indexOf(name),
  numberAt: (name: (typeof numbers)[number]): number => numbers.indexOf(name),
} as const;

/**
 * The records of one request, checked, before anybody has decided about them. The rows are views of one buffer, which a
 * thread can hand to another without copying it.
 */
export interface ReadRecords {
  /** How many are in order; `rejected` holds the others. */
  readonly count: number;
  /** Of each row, where its record stood in the request. */
  readonly indexes: Uint32Array<ArrayBuffer>;
  readonly words: readonly string[];
  /** Of each row, the places of its texts in `words`, then its small numbers: `rowLayout.places` of them. */
  readonly places: Uint32Array<ArrayBuffer>;
  /** Of each row its amounts and times: `rowLayout.numbers` of them. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Of each row the key of its identity: `fingerprintWords` of them. */
  readonly keys: Uint32Array<ArrayBuffer>;
  readonly rejected: readonly RejectedRecord[];
}

/**
 * Reads the records of a request, without asking anybody.
 *
 * @param defaultSource stands in for an absent `source`; empty if the key names none
 */
export const readRecords = (raw: readonly unknown[], defaultSource: string): ReadRecords => {
  const row = emptyRow();
  const rows = createRows(raw.length);
  const rejected: RejectedRecord[] = [];
  raw.forEach((record, index) => {
    const fault = readRecord(record, defaultSource, row);
    if (fault === undefined) rows.push(row, index);
    else rejected.push({ index, id: row.id || null, ...fault });
  });
  return rows.read(rejected);
};

const createRows = (length: number) => {
  const words = createWords();
  const { amounts, places, keys, indexes } = createViews(length);
  // Neighbours mostly repeat each other: comparing with the last word is cheaper than looking it up.
  const lastWords = texts.map(() => '');
  const lastPlaces = texts.map(() => 0);
  let count = 0;

  const placeOf = (text: number, word: string): number => {
    if (word !== lastWords[text]) {
      lastWords[text] = word;
      lastPlaces[text] = words.placeOf(word);
    }
    return lastPlaces[text];
  };

  return {
    push(row: RecordRow, index: number): void {
      let place = count * rowLayout.places;
      for (let text = 0; text < texts.length; text++) places[place++] = placeOf(text, row[texts[text]]);
      for (const name of smallNumbers) places[place++] = row[name];
      let number = count * rowLayout.numbers;
      for (const name of numbers) amounts[number++] = row[name];
      identityKey(keySeeds.identity, row.source, row.id, keys, count * fingerprintWords);
      indexes[count++] = index;
    },
    read: (rejected: readonly RejectedRecord[]): ReadRecords => ({
      count,
      indexes,
      words: words.list,
      places,
      numbers: amounts,
      keys,
      rejected,
    }),
  };
};

// One piece of memory: each costs an allocation outside of the heap, and a collection a look at it.
const createViews = (length: number) => {
  const placesFrom = length * rowLayout.numbers * Float64Array.BYTES_PER_ELEMENT;
  const keysFrom = placesFrom + length * rowLayout.places * Uint32Array.BYTES_PER_ELEMENT;
  const indexesFrom = keysFrom + length * fingerprintWords * Uint32Array.BYTES_PER_ELEMENT;
  const buffer = new ArrayBuffer(indexesFrom + length * Uint32Array.BYTES_PER_ELEMENT);
  return {
    amounts: new Float64Array(buffer, 0, length * rowLayout.numbers),
    places: new Uint32Array(buffer, placesFrom, length * rowLayout.places),
    keys: new Uint32Array(buffer, keysFrom, length * fingerprintWords),
    indexes: new Uint32Array(buffer, indexesFrom, length),
  };
};
