import type { MeteringField } from './metering-field.js';
import { recordFields, usageFields } from './record-fields.js';

/** All fields that a row holds. */
export const rowFields = [...recordFields, ...usageFields] as const;
type RowField = (typeof rowFields)[number];
type TextName = Extract<RowField, { absent: '' }>['name'];
type NumberName = Exclude<RowField, { absent: '' | null }>['name'];

/**
 * A record as the hot path holds it: one reused object, filled by `readRecord`. Absent texts are empty; an absent number is
 * what the table says.
 *
 * Texts and numbers stand side by side, in the order of the table, so that whoever reads or writes all of them runs over
 * two arrays: a property whose name is in a variable costs ten times as much. Each has its name, too.
 */
export type RecordRow = Record<TextName, string> &
  Record<NumberName, number> & {
    readonly texts: string[];
    readonly numbers: Float64Array;
    /** By key, of those that the organisation has chosen. */
    readonly labels: Map<string, string>;
    /** How many labels have another key, and are left out. */
    droppedLabels: number;
    /** 1 if a text is not plain: its ids may have to be normalised (`normaliseIds`). */
    hasOddText: number;
  };

/** What attribution and rating decided about a record, by place in `attributions` and `ratings`. */
export interface ChargedAs {
  groupId: string;
  attribution: number;
  costMicros: number;
  rating: number;
  priceVersion: string;
}

const textFields: readonly MeteringField[] = rowFields.filter(({ absent }) => absent === '');
const absentNumbers = rowFields.flatMap(({ absent }) => (absent === '' || absent === null ? [] : [absent]));
const numberFields: readonly MeteringField[] = rowFields.filter(({ absent }) => absent !== '' && absent !== null);

/** The place of a field among the texts of a row or, if it is none, among the numbers. */
export const placeInRow = ({ name, absent }: Pick<MeteringField, 'name' | 'absent'>): number =>
  (absent === '' ? textFields : numberFields).findIndex((field) => field.name === name);

type Named = PropertyDescriptor & ThisType<RecordRow>;
const textAt = (place: number): Named => ({
  enumerable: true,
  get() {
    return this.texts[place];
  },
  set(value: string) {
    this.texts[place] = value;
  },
});
const numberAt = (place: number): Named => ({
  enumerable: true,
  get() {
    return this.numbers[place];
  },
  set(value: number) {
    this.numbers[place] = value;
  },
});
const named = Object.fromEntries([
  ...textFields.map(({ name }, place) => [name, textAt(place)] as const),
  ...numberFields.map(({ name }, place) => [name, numberAt(place)] as const),
]);

export const emptyRow = (): RecordRow => {
  const row = Object.defineProperties(
    { hasOddText: 0, droppedLabels: 0 },
    {
      labels: { value: new Map<string, string>() },
      texts: { value: textFields.map(() => '') },
      numbers: { value: Float64Array.from(absentNumbers) },
      ...named,
    },
  );
  if (!isRow(row)) throw new TypeError('a row lacks a field');
  return row;
};

const isRow = (row: object): row is RecordRow =>
  'texts' in row && 'numbers' in row && 'labels' in row && rowFields.every(({ name }) => name in row);

/** Makes the row say nothing. */
export const clearRow = (row: RecordRow): void => {
  const { texts, numbers } = row;
  for (let place = 0; place < texts.length; place++) texts[place] = '';
  for (let place = 0; place < numbers.length; place++) numbers[place] = absentNumbers[place];
  row.hasOddText = 0;
  row.droppedLabels = 0;
  if (row.labels.size > 0) row.labels.clear();
};
