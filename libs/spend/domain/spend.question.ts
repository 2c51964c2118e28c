import type { Day } from '#kernel/days.js';
import {
  type Dimension,
  isLabelDimension,
  type KeptView,
  type LabelDimension,
  materialisedViews,
  type NameDimension,
} from './spend.dimensions.js';

/** What somebody wants to know about spend. Spend counts on the day on which it occurred. */
export interface SpendQuestion {
  /** None, one or two different ones: what the spend is cut by. */
  readonly by: readonly Dimension[];
  /** The days `[from, to)`. */
  readonly from: Day;
  readonly to: Day;
  /** Only spend with these names; the empty name asks for records that do not say. */
  readonly filters: Partial<Record<NameDimension, string>>;
  /**
   * The model that an id names: ids of one model are one row, and a filter takes any of them. Left out, every id is a
   * row of its own.
   */
  readonly modelOf?: (modelId: string) => string;
  /** Only these groups, whatever the filters say: what the asker may see. */
  readonly groups?: readonly string[];
}

/** Which items of an answer are wanted: its totals are over all of them. */
export interface Listing {
  /** At least 1; `Infinity` for all. */
  readonly limit: number;
  /** The keys of the last item that was seen, as `readCursor` gives them. */
  readonly after?: readonly string[];
}

type Asked = Pick<SpendQuestion, 'by' | 'filters'>;

/** Labels that a question is about, each once. */
export const labelsOf = ({ by, filters }: Asked): LabelDimension[] => [
  ...new Set([...by, ...Object.keys(filters)].filter(isLabelDimension)),
];

/** Dimensions of a question other than the group and the day. */
const othersOf = (question: SpendQuestion): KeptView[] => {
  const { by, filters } = question;
  return [
    ...materialisedViews.filter((view) => by.includes(view) || filters[view] !== undefined),
    ...labelsOf(question),
  ];
};

/** Whether the kept views answer the question. If not, it takes a fold of the metering itself: `createTally`. */
export const keptBy = (question: SpendQuestion): boolean => othersOf(question).length <= 1;

/** Where any kept view would do it is this one, which has the fewest cells. */
export const smallestView: KeptView = 'trigger';

/**
 * The kept view that answers the question. That of a label needs another one beside it, for what has no such label.
 * @throws RangeError if none does: ask `keptBy` first
 */
export const viewFor = (question: SpendQuestion): KeptView => {
  const others = othersOf(question);
  if (others.length > 1) throw new RangeError(`no kept view combines ${others.join(' and ')}`);
  return others[0] ?? smallestView;
};

/** The filter by model, if there is one, as the name of its row. */
export const mergedModel = ({ filters, modelOf }: SpendQuestion): { readonly model?: string } =>
  filters.model === undefined || modelOf === undefined ? {} : { model: modelOf(filters.model) };
