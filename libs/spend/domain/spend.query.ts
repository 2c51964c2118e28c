import { firstDayOf, periodOfDay } from '#kernel/days.js';
import { Cells } from './cells.js';
import { cellsPerSlice, type InSlices } from './in-slices.js';
import type { NameDictionary } from './name-dictionary.js';
import { Page } from './page.js';
import { type Bucket, bucketOf, type BucketKind, kindOf, type PageAddress, viewPlaceOf } from './page-address.js';
import type { PageCache } from './page-cache.js';
import { ModelRows } from './model-rows.js';
import { answerFrom, keyOfDay, type SpendAnswer, type TextOf } from './spend.answer.js';
import { type Dimension, isLabelDimension, type KeptView } from './spend.dimensions.js';
import { type Listing, smallestView, type SpendQuestion, viewFor } from './spend.question.js';
import type { SpendView } from './spend.view.js';

/**
 * Answers a question that `keptBy` says yes to, as of the moment of the first step, whatever is folded until the last.
 * Whoever gives up in between calls `return()`.
 */
export function* answerSpend(
  view: Pick<SpendView, 'names' | 'pages'>,
  question: SpendQuestion,
  listing: Listing,
): InSlices<SpendAnswer> {
  const { names, pages } = view;
  const tally = new Page(new Cells(tallySalt));
  const { modelOf } = question;
  const models = viewFor(question) === 'model' && modelOf !== undefined ? new ModelRows(names, modelOf) : undefined;
  const choice = choiceOf(question, names, models);
  if (choice !== undefined) {
    const partsAt = partsFor(viewFor(question), pages);
    const reading = pages.reading(pagesFor(question, pages));
    let looked = 0;
    for (const [address, page] of reading.pages()) {
      const dayKey = kindOf(address) === 'day' ? keyOfDay(bucketOf(address)) : 0;
      for (let from = 0; from < page.spent.capacity; from += cellsPerSlice) {
        const to = Math.min(page.spent.capacity, from + cellsPerSlice);
        for (const part of partsAt(address)) addPage(tally, page, { ...choice, ...part, dayKey }, from, to);
        looked += to - from;
        if (looked < cellsPerSlice) continue;
        looked = 0;
        yield;
      }
    }
  }
  const textOf: TextOf = (dimension, key) =>
    dimension === 'model' && models !== undefined ? models.textOf(key) : names.textOf(key);
  return yield* answerFrom(tally, question.by, textOf, listing);
}

/** Any other than that of the pages. */
const tallySalt = 0x5bd1e995;

/** How the cells of a page are added up. */
interface Part {
  /** Whether they count as cells without a name. */
  readonly isNameless: boolean;
  readonly sign: 1 | -1;
}

const asTheyAre: readonly Part[] = [{ isNameless: false, sign: 1 }];
const nameless: readonly Part[] = [{ isNameless: true, sign: 1 }];
const outOfNameless: readonly Part[] = [...asTheyAre, { isNameless: true, sign: -1 }];

/** A label's pages hold only what has the label: they are taken out of all there is, and what is left has none. */
const partsFor = (view: KeptView, { views }: PageCache): ((address: PageAddress) => readonly Part[]) => {
  if (!isLabelDimension(view)) return () => asTheyAre;
  const labelled = views.placeOf(view);
  return (address) => (viewPlaceOf(address) === labelled ? outOfNameless : nameless);
};

/** Whole months come from the pages of months, unless days are asked for; what is left of the range from those of days. */
const pagesFor = (question: SpendQuestion, pages: PageCache): PageAddress[] => {
  const view = viewFor(question);
  const { from, to, by } = question;
  const views = isLabelDimension(view) ? [smallestView, view] : [view];
  const take = (kind: BucketKind, first: Bucket, end: Bucket): PageAddress[] =>
    views.flatMap((each) => pages.addresses(each, kind, first, end));
  const firstMonth = periodOfDay(from - 1) + 1;
  const endMonth = periodOfDay(to);
  if (by.includes('day') || firstMonth >= endMonth) return take('day', from, to);
  return [
    ...take('day', from, firstDayOf(firstMonth)),
    ...take('month', firstMonth, endMonth),
    ...take('day', firstDayOf(endMonth), to),
  ];
};

/** Where a key of the answer comes from. */
type Source = 'group' | 'other' | 'day' | 'nothing';

/** The question in numbers. */
interface Choice {
  /** What the ids of one model are merged by; undefined where the other name is no model. */
  readonly models: ModelRows | undefined;
  readonly group: number | undefined;
  readonly other: number | undefined;
  readonly scope: ReadonlySet<number> | undefined;
  readonly first: Source;
  readonly second: Source;
}

/** Nothing if the question asks for a name that was never seen: then there is no spend. */
const choiceOf = (
  question: SpendQuestion,
  names: NameDictionary,
  models: ModelRows | undefined,
): Choice | undefined => {
  const { by, filters, groups } = question;
  const otherText = filters[viewFor(question)];
  const group = filters.group === undefined ? undefined : names.find(filters.group);
  const other = otherText === undefined ? undefined : (models ?? names).find(otherText);
  if (filters.group !== undefined && group === undefined) return undefined;
  if (otherText !== undefined && other === undefined) return undefined;
  return {
    models,
    group,
    other,
    scope: groups === undefined ? undefined : new Set(groups.flatMap((name) => names.find(name) ?? [])),
    first: sourceOf(by.at(0)),
    second: sourceOf(by.at(1)),
  };
};

const sourceOf = (dimension: Dimension | undefined): Source => {
  if (dimension === undefined) return 'nothing';
  return dimension === 'group' || dimension === 'day' ? dimension : 'other';
};

/** What is added of a page, and how; `dayKey` is the key of its day, 0 for a month. */
type Addition = Choice & Part & { readonly dayKey: number };

/** Adds the chosen cells of the slots `[from, to)`; with the first of them also what hangs beside the table. */
const addPage = (tally: Page, page: Page, addition: Addition, from: number, to: number): void => {
  addCells(tally.spent, page.spent, addition, from, to);
  if (from > 0) return;
  addWhole(tally.spent, page.spent.carries, addition, true);
  if (page.unpriced === undefined) return;
  addWhole(tally.unpricedCells(), page.unpriced, addition, false);
  addWhole(tally.unpricedCells(), page.unpriced.carries, addition, true);
};

const addWhole = (into: Cells, cells: Cells | undefined, addition: Addition, areCarries: boolean): void => {
  if (cells === undefined) return;
  addCells(areCarries ? into.carried() : into, cells, addition, 0, cells.capacity);
};

const addCells = (into: Cells, cells: Cells, addition: Addition, from: number, to: number): void => {
  const { models, group, other, scope, first, second, isNameless, sign, dayKey } = addition;
  for (let slot = from; slot < to; slot++) {
    if (!cells.isTaken(slot)) continue;
    const cellGroup = cells.firstAt(slot);
    const name = isNameless ? 0 : cells.secondAt(slot);
    const cellOther = models === undefined ? name : models.rowOf(name);
    if (group !== undefined && group !== cellGroup) continue;
    if (other !== undefined && other !== cellOther) continue;
    if (scope !== undefined && !scope.has(cellGroup)) continue;
    const keyFrom = (source: Source): number => keyOf(source, cellGroup, cellOther, dayKey);
    into.add(keyFrom(first), keyFrom(second), sign * cells.spent[slot], sign * cells.records[slot]);
  }
};

const keyOf = (source: Source, group: number, other: number, dayKey: number): number => {
  switch (source) {
    case 'group':
      return group;
    case 'other':
      return other;
    case 'day':
      return dayKey;
    case 'nothing':
      return 0;
  }
};
