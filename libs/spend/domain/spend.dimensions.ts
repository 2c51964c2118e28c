import { recordOf } from '#kernel/record-of.js';
import {
  type Charge,
  type CorrectedRow,
  dimensionFields,
  type MeteredColumns,
} from '#metering/domain/metering.events.js';

/**
 * Which pairs are kept: the group with each of these, per day and per month. A view is named by its other dimension.
 * The place in this list is part of how pages are addressed in memory, not of how they are stored.
 */
export const materialisedViews = dimensionFields
  .filter((field) => field.name !== 'groupId')
  .map(({ dimension }) => dimension);
export type KeptView = (typeof materialisedViews)[number];

/** Dimensions whose values are names; the empty name means that the record does not say. */
export const nameDimensions = ['group', ...materialisedViews] as const;
export type NameDimension = (typeof nameDimensions)[number];

/** What spend can be cut by. */
export const dimensions = [...nameDimensions, 'day'] as const;
export type Dimension = (typeof dimensions)[number];

/** One column of names: the word of a row is `words[places[row]]`, or nothing in every row. */
export interface NameColumn {
  readonly places: readonly number[] | undefined;
  readonly words: readonly string[];
}

const placeOf = recordOf(nameDimensions, (name) => dimensionFields.findIndex(({ dimension }) => dimension === name));

export const nameColumn = (columns: MeteredColumns, dimension: NameDimension): NameColumn => {
  const field = dimensionFields[placeOf[dimension]];
  return { places: columns[field.name], words: field.kind === 'choice' ? field.choices : columns.words };
};

/** The same for a corrected record, as it was charged before or after. */
export const nameOfCorrected = (row: CorrectedRow, charge: Charge, dimension: NameDimension): string => {
  const { name } = dimensionFields[placeOf[dimension]];
  return name === 'groupId' ? charge.groupId : row[name];
};
