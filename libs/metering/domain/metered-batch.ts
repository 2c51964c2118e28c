import { recordOf } from '#kernel/record-of.js';
import { rowsPerEvent } from './metering.events.js';
import type { LabelColumn, MeteredColumns } from './metering.events.js';
import { type ChargedAs, placeInRow, type RecordRow } from './record-row.js';
import type { storedFields } from './stored-fields.js';
import { alwaysColumns, nameOf, sentFields, unlessAbsentColumns, unlessZeroColumns } from './stored-fields.js';

/** Collects up to 500 records as the columns of one `RecordsMetered` event. */
export interface MeteredBatch {
  count(): number;
  isFull(): boolean;
  push(row: RecordRow, charged: ChargedAs): void;
  /** The event's data. The batch must not be used after that. */
  columns(): MeteredColumns;
}

/** Columns that are filled from the row, and where in the row: the others from what was decided. */
const sentTexts = sentFields.filter((field) => field.absent === '');
const sentNumbers = sentFields.filter((field) => field.absent !== '');
const textPlaces = sentTexts.map(placeInRow);
const numberPlaces = sentNumbers.map(placeInRow);

/** @param pricesKnown how many price publications the rating of these records knows */
export const createMeteredBatch = (pricesKnown: number): MeteredBatch => {
  const words = createWords();
  const id: string[] = [];
  const texts = sentTexts.map(wordColumn);
  const numbers = sentNumbers.map((): number[] => []);
  const labels = new Map<string, WordColumn>();
  const decided = {
    ...{ groupId: wordColumn(), priceVersion: wordColumn() },
    ...{ attribution: numberColumn(), costMicros: numberColumn(), rating: numberColumn() },
  };
  // No accessors: an object that is written with a getter has a hidden class of its own, which V8 keeps, and with it
  // everything the getter sees, until the next full collection.
  return {
    count: () => id.length,
    isFull: () => id.length >= rowsPerEvent,
    push(row, charged) {
      if (row.labels.size > 0) putLabels(labels, words, id.length, row);
      id.push(row.id);
      for (let at = 0; at < textPlaces.length; at++) words.put(texts[at], row.texts[textPlaces[at]]);
      for (let at = 0; at < numberPlaces.length; at++) numbers[at].push(row.numbers[numberPlaces[at]]);
      words.put(decided.groupId, charged.groupId);
      words.put(decided.priceVersion, charged.priceVersion);
      decided.attribution.push(charged.attribution);
      decided.costMicros.push(charged.costMicros);
      decided.rating.push(charged.rating);
    },
    columns: () =>
      dataOf(pricesKnown, words.list, id, {
        ...recordOf(sentTexts.map(nameOf), (_, at) => texts[at].places),
        ...recordOf(sentNumbers.map(nameOf), (_, at) => numbers[at]),
        ...{ ...decided, groupId: decided.groupId.places, priceVersion: decided.priceVersion.places },
        ...(labels.size > 0 && { labels: labelColumns(labels, id.length) }),
      }),
  };
};

/** The column of a key begins with the first row that has it, and may end before the last row: the rest says nothing. */
const putLabels = (columns: Map<string, WordColumn>, words: Words, row: number, { labels }: RecordRow): void => {
  for (const [key, value] of labels) {
    let column = columns.get(key);
    if (column === undefined) columns.set(key, (column = wordColumn()));
    fillUpTo(row, column.places);
    words.put(column, value);
  }
};

const labelColumns = (columns: ReadonlyMap<string, WordColumn>, count: number): LabelColumn[] =>
  Array.from(columns, ([key, { places }]) => {
    fillUpTo(count, places);
    return { key, places };
  });

const fillUpTo = (count: number, places: number[]): void => {
  while (places.length < count) places.push(0);
};

const numberColumn = (): number[] => [];

/** A column of words, which remembers the last one: neighbours mostly repeat each other. */
const wordColumn = () => ({ places: [] as number[], last: '', place: 0 });
type WordColumn = ReturnType<typeof wordColumn>;

type Words = ReturnType<typeof createWords>;
const createWords = () => {
  const list: string[] = [''];
  const places = new Map<string, number>([['', 0]]);
  return {
    list,
    // Comparing with the last word is cheaper than looking it up.
    put(column: WordColumn, word: string): void {
      if (word !== column.last) {
        let place = places.get(word);
        if (place === undefined) {
          place = list.push(word) - 1;
          places.set(word, place);
        }
        column.last = word;
        column.place = place;
      }
      column.places.push(column.place);
    },
  };
};

const dataOf = (
  pricesKnown: number,
  words: string[],
  id: string[],
  columns: Readonly<Record<(typeof storedFields)[number]['name'], number[]>> & Pick<MeteredColumns, 'labels'>,
): MeteredColumns => ({
  count: id.length,
  pricesKnown,
  words,
  id,
  ...recordOf(alwaysColumns, (name) => columns[name]),
  ...unlessAll(0, unlessZeroColumns, columns),
  ...unlessAll(-1, unlessAbsentColumns, columns),
  ...(columns.labels !== undefined && { labels: columns.labels }),
});

// A column in which every row says the same nothing is left out of the event.
const unlessAll = <N extends string>(
  nothing: number,
  names: readonly N[],
  columns: Readonly<Record<N, number[]>>,
): Partial<Record<N, number[]>> => {
  const kept: Partial<Record<N, number[]>> = {};
  for (const name of names) {
    if (columns[name].some((value) => value !== nothing)) kept[name] = columns[name];
  }
  return kept;
};
