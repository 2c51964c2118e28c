import { type Charge, type CorrectedRow, type MeteredColumns, triggers } from '#metering/domain/metering.events.js';

/**
 * Which pairs are kept: the group with each of these, per day and per month. A view is named by its other dimension.
 * The place in this list is part of how pages are addressed in memory, not of how they are stored.
 */
export const materialisedViews = ['user', 'skill', 'plugin', 'connector', 'model', 'trigger', 'schedule'] as const;
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

export const nameColumn = (columns: MeteredColumns, dimension: NameDimension): NameColumn => {
  switch (dimension) {
    case 'group':
      return { places: columns.groupId, words: columns.words };
    case 'user':
      return { places: columns.userId, words: columns.words };
    case 'schedule':
      return { places: columns.scheduleId, words: columns.words };
    case 'trigger':
      return { places: columns.trigger, words: triggers };
    default:
      return { places: columns[dimension], words: columns.words };
  }
};

/** The same for a corrected record, as it was charged before or after. */
export const nameOfCorrected = (row: CorrectedRow, charge: Charge, dimension: NameDimension): string => {
  switch (dimension) {
    case 'group':
      return charge.groupId;
    case 'user':
      return row.userId;
    case 'schedule':
      return row.scheduleId;
    default:
      return row[dimension];
  }
};
