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
export type KeptView = (typeof materialisedViews)[number] | LabelDimension;

/** Dimensions whose values are names; the empty name means that the record does not say. */
export const nameDimensions = ['group', ...materialisedViews] as const;
export type NameDimension = (typeof nameDimensions)[number] | LabelDimension;

/** What spend can be cut by, beside labels. */
export const dimensions = [...nameDimensions, 'day'] as const;
export type Dimension = (typeof dimensions)[number] | LabelDimension;

/**
 * Labels are a dimension for each key. Of each a pair is kept, too, but only of records that have the label: what is left
 * of the spend of a group has none.
 */
export type LabelDimension = `label.${string}`;
const labelPrefix = 'label.';
export const labelDimension = (key: string): LabelDimension => `${labelPrefix}${key}`;
export const isLabelDimension = (name: string): name is LabelDimension => name.startsWith(labelPrefix);
export const labelKeyOf = (dimension: LabelDimension): string => dimension.slice(labelPrefix.length);

/** One column of names: the word of a row is `words[places[row]]`, or nothing in every row. */
export interface NameColumn {
  readonly places: readonly number[] | undefined;
  readonly words: readonly string[];
}

const placeOf = recordOf(nameDimensions, (name) => dimensionFields.findIndex(({ dimension }) => dimension === name));

export const nameColumn = (columns: MeteredColumns, dimension: NameDimension): NameColumn => {
  if (isLabelDimension(dimension)) {
    const ofKey = columns.labels?.find(({ key }) => key === labelKeyOf(dimension));
    return { places: ofKey?.places, words: columns.words };
  }
  const field = dimensionFields[placeOf[dimension]];
  return { places: columns[field.name], words: field.kind === 'choice' ? field.choices : columns.words };
};

/** The same for a corrected record, as it was charged before or after. */
export const nameOfCorrected = (row: CorrectedRow, charge: Charge, dimension: NameDimension): string => {
  if (isLabelDimension(dimension)) {
    const ofKey = row.labels?.find(([key]) => key === labelKeyOf(dimension));
    return ofKey?.[1] ?? '';
  }
  const { name } = dimensionFields[placeOf[dimension]];
  return name === 'groupId' ? charge.groupId : row[name];
};
