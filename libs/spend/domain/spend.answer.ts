import { formatDay } from '#kernel/instants.js';
import { addMicros, type Micros } from '#kernel/money.js';
import type { Cells } from './cells.js';
import { cellsPerSlice, type InSlices } from './in-slices.js';
import type { Page } from './page.js';
import { smallest } from './smallest.js';
import { spendCursorOf } from './spend.cursor.js';
import type { Dimension, NameDimension } from './spend.dimensions.js';
import type { Listing } from './spend.question.js';

export interface SpendFigures {
  readonly spentMicros: Micros;
  readonly records: number;
  /** The part of `spentMicros` that was rated without a known price. */
  readonly unpricedMicros: Micros;
}

/** One line of an answer, with a key for each dimension asked for; null stands for records that do not say. */
export type SpendItem = Readonly<Partial<Record<Dimension, string | null>>> & SpendFigures;

export interface SpendAnswer {
  /** In the order of their keys, null first. Items with neither records nor money are left out. */
  readonly items: readonly SpendItem[];
  /** What to ask for next, null after the last item. */
  readonly nextCursor: string | null;
  /** Over all items, whether listed here or not; so are the other two. */
  readonly totalMicros: Micros;
  readonly records: number;
  readonly unpricedMicros: Micros;
}

/** Days stand in tables as numbers that are never negative: no zone is a day behind the first instant. */
export const keyOfDay = (day: number): number => day + 1;

/** The name behind a key of a dimension. */
export type TextOf = (dimension: NameDimension, key: number) => string;

/**
 * Lists what was tallied.
 * @param textOf the name behind a key
 * @param tally its pairs are the keys of the dimensions asked for: the number of a name, or of a day; 0 where fewer
 *   than two are asked for
 */
export function* answerFrom(
  tally: Page,
  by: readonly Dimension[],
  textOf: TextOf,
  { limit, after }: Listing,
): InSlices<SpendAnswer> {
  const totalMicros = yield* totalOf(tally.spent);
  const unpricedMicros = tally.unpriced === undefined ? 0 : yield* totalOf(tally.unpriced);
  const records = recordsIn(tally.spent);

  const order = orderOf(tally.spent, by, textOf);
  const slots = yield* smallest(
    slotsOf(tally.spent, (slot) => after === undefined || order.isAfter(slot, after)),
    limit + 1,
    order.compare,
  );
  const nextCursor = slots.length > limit ? spendCursorOf(order.textsAt(slots[limit - 1])) : null;
  const items: SpendItem[] = [];
  for (const slot of slots.slice(0, limit)) {
    items.push(itemOf(tally, slot, by, order.textsAt(slot)));
    if (items.length % itemsPerSlice === 0) yield;
  }
  return { items, nextCursor, totalMicros, records, unpricedMicros };
}

const itemsPerSlice = 1_000;

/** How the slots of a tally are ordered: by the texts of their keys. */
interface Order {
  readonly compare: (slot: number, other: number) => number;
  readonly isAfter: (slot: number, texts: readonly string[]) => boolean;
  readonly textsAt: (slot: number) => string[];
}

const orderOf = (cells: Cells, by: readonly Dimension[], nameOf: TextOf): Order => {
  const [first, second] = by;
  const compareKeys = (key: number, other: number, dimension: Dimension | undefined): number => {
    if (key === other || dimension === undefined) return 0;
    return dimension === 'day' ? key - other : compareTexts(nameOf(dimension, key), nameOf(dimension, other));
  };
  const textOf = (key: number, dimension: Dimension): string =>
    dimension === 'day' ? formatDay(key - 1) : nameOf(dimension, key);
  const textsAt = (slot: number): string[] =>
    by.map((dimension, place) => textOf(place === 0 ? cells.firstAt(slot) : cells.secondAt(slot), dimension));
  return {
    compare: (slot, other) => {
      const order = compareKeys(cells.firstAt(slot), cells.firstAt(other), first);
      return order !== 0 ? order : compareKeys(cells.secondAt(slot), cells.secondAt(other), second);
    },
    isAfter: (slot, texts) => {
      const orders = textsAt(slot).map((text, place) => compareTexts(text, texts[place]));
      return (orders.find((order) => order !== 0) ?? 0) > 0;
    },
    textsAt,
  };
};

const itemOf = (tally: Page, slot: number, by: readonly Dimension[], texts: readonly string[]): SpendItem => {
  const { spent, unpriced } = tally;
  const unpricedSlot = unpriced?.find(spent.firstAt(slot), spent.secondAt(slot)) ?? -1;
  const keys: Partial<Record<Dimension, string | null>> = {};
  for (let place = 0; place < by.length; place++) keys[by[place]] = texts[place] === '' ? null : texts[place];
  return {
    ...keys,
    spentMicros: spent.spentAt(slot),
    records: spent.recordsAt(slot),
    unpricedMicros: unpriced === undefined || unpricedSlot < 0 ? 0 : unpriced.spentAt(unpricedSlot),
  };
};

/** Slots that hold something, and a pause for others now and then. */
function* slotsOf(cells: Cells, accept: (slot: number) => boolean): Generator<number | undefined, void> {
  for (let slot = 0; slot < cells.capacity; slot++) {
    if (slot % cellsPerSlice === 0) yield undefined;
    if (cells.isTaken(slot) && !cells.isEmpty(slot) && accept(slot)) yield slot;
  }
}

function* totalOf(cells: Cells): InSlices<Micros> {
  let total: Micros = 0;
  for (let slot = 0; slot < cells.capacity; slot++) {
    if (slot % cellsPerSlice === 0) yield;
    if (cells.isTaken(slot)) total = addMicros(total, cells.spentAt(slot));
  }
  return total;
}

const recordsIn = (cells: Cells): number => {
  let records = 0;
  for (let slot = 0; slot < cells.capacity; slot++) if (cells.isTaken(slot)) records += cells.recordsAt(slot);
  return records;
};

const compareTexts = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
