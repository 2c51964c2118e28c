import type { Calendar } from '#kernel/calendar.js';
import {
  type Charge,
  type CorrectedRow,
  type MeteredColumns,
  ratings,
  unpricedRatings,
} from '#metering/domain/metering.events.js';
import type { InSlices } from './in-slices.js';
import { NameDictionary } from './name-dictionary.js';
import { Page } from './page.js';
import { answerFrom, keyOfDay, type SpendAnswer } from './spend.answer.js';
import { LabelValues } from './label-values.js';
import {
  isLabelDimension,
  type NameDimension,
  nameColumn,
  nameDimensions,
  nameOfCorrected,
} from './spend.dimensions.js';
import { labelsOf, type Listing, mergedModel, type SpendQuestion } from './spend.question.js';

/**
 * Answers any question about spend by a fold of the whole log, for what no kept view combines. Where a kept view does,
 * both give the same answer.
 */
export interface SpendTally {
  /** Folds one event; `uncounted` lists the rows that are duplicates or conflicts. */
  addMetered(columns: MeteredColumns, uncounted: readonly number[] | undefined): void;
  addCorrections(rows: readonly CorrectedRow[]): void;
  answer(listing: Listing): InSlices<SpendAnswer>;
}

/** A name of one record, whichever way the record came. */
type NameOf = (dimension: NameDimension) => string;

const asSent = (modelId: string): string => modelId;

export const createTally = (question: SpendQuestion, calendar: Calendar): SpendTally => {
  const { by, groups, modelOf = asSent } = question;
  const page = new Page();
  const names = new NameDictionary();
  const fromMs = calendar.startOfDay(question.from);
  const toMs = calendar.startOfDay(question.to);
  const scope = groups === undefined ? undefined : new Set(groups);
  const filters: SpendQuestion['filters'] = { ...question.filters, ...mergedModel(question) };
  const labels = labelsOf(question);
  const labelValues = new LabelValues<string, string>(() => [], { find: (text) => text, numberOf: (text) => text });
  const filtered = [...nameDimensions, ...labels].filter((dimension) => filters[dimension] !== undefined);

  /** The name as it counts. */
  const counted = (dimension: NameDimension, name: string, ms: number): string => {
    if (dimension === 'model') return modelOf(name);
    if (name === '' || !isLabelDimension(dimension)) return name;
    return labelValues.counted(`${dimension} ${String(calendar.periodOf(ms))}`, name);
  };

  const isAsked = (nameOf: NameOf): boolean =>
    scope?.has(nameOf('group')) !== false && filtered.every((dimension) => nameOf(dimension) === filters[dimension]);
  const keyAt = (place: number, nameOf: NameOf, ms: number): number => {
    const dimension = by.at(place);
    if (dimension === undefined) return 0;
    return dimension === 'day' ? keyOfDay(calendar.dayOf(ms)) : names.numberOf(nameOf(dimension));
  };
  const add = (nameOf: NameOf, ms: number, micros: number, records: 1 | -1, isUnpriced: boolean): void => {
    if (ms < fromMs || ms >= toMs || !isAsked(nameOf)) return;
    page.add(keyAt(0, nameOf, ms), keyAt(1, nameOf, ms), micros, records, isUnpriced);
  };
  const addCharge = (row: CorrectedRow, charge: Charge, sign: 1 | -1): void => {
    const nameOf: NameOf = (dimension) => counted(dimension, nameOfCorrected(row, charge, dimension), row.occurredAtMs);
    add(nameOf, row.occurredAtMs, sign * charge.costMicros, sign, unpricedRatings.has(charge.rating));
  };

  return {
    addMetered: (columns, uncounted) => {
      const left = new Set(uncounted);
      let row = 0;
      const nameOf: NameOf = (dimension) => {
        const { places, words } = nameColumn(columns, dimension);
        return counted(dimension, places === undefined ? '' : words[places[row]], columns.occurredAtMs[row]);
      };
      for (; row < columns.count; row++) {
        if (left.has(row)) continue;
        // Which values are named is decided in the order of the log, also by records that are not asked about.
        for (const label of labels) nameOf(label);
        add(
          nameOf,
          columns.occurredAtMs[row],
          columns.costMicros[row],
          1,
          unpricedRatings.has(ratings[columns.rating[row]]),
        );
      }
    },
    addCorrections: (rows) => {
      for (const row of rows) {
        addCharge(row, row.before, -1);
        if (row.after !== null) addCharge(row, row.after, 1);
      }
    },
    answer: (listing) => answerFrom(page, by, (_dimension, key) => names.textOf(key), listing),
  };
};
