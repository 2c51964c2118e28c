import type { Cells } from './cells.js';
import type { Names } from './names.js';
import type { Page } from './page.js';
import { bucketText, viewOf } from './page-address.js';
import type { KeptView } from './spend.dimensions.js';
import type { SpendView } from './spend.view.js';

/** One cell of a kept view, in the words that every way to compute it must agree on. */
export interface SpendCell {
  readonly view: KeptView;
  /** `yyyy-MM-dd` or `yyyy-MM`. */
  readonly bucket: string;
  readonly group: string;
  /** The name in the view's own dimension, empty for records that do not say. */
  readonly other: string;
  readonly spentMicros: bigint;
  readonly records: number;
  readonly unpricedMicros: bigint;
}

/** A cell as a line of the canonical content. Fields are parted by tabs, which no name contains. */
export const spendLine = (cell: SpendCell): string => {
  const { view, bucket, group, other, spentMicros, records, unpricedMicros } = cell;
  return [view, bucket, group, other, String(spentMicros), String(records), String(unpricedMicros)].join('\t');
};

/**
 * The canonical content of all kept views: a line for each cell that is not empty, in the plain order of the lines
 * (by code unit). Two views are equal if and only if their lines are, however they came about and whatever numbers
 * their names have. It is the content at the first step, and pages that are only in the snapshot are read from there.
 */
export function* spendLines({ names, pages }: Pick<SpendView, 'names' | 'pages'>): Generator<string, void> {
  const titled = pages.all().map((address) => ({ address, title: `${viewOf(address)}\t${bucketText(address)}\t` }));
  titled.sort((a, b) => compareTexts(a.title, b.title));
  const reading = pages.reading(titled.map(({ address }) => address));
  for (const [address, page] of reading.pages()) {
    yield* linesOfPage(viewOf(address), bucketText(address), page, names);
  }
}

const linesOfPage = (view: KeptView, bucket: string, page: Page, names: Names): string[] => {
  const { spent, unpriced } = page;
  const lines: string[] = [];
  for (let slot = 0; slot < spent.capacity; slot++) {
    if (!spent.isTaken(slot) || spent.isEmpty(slot)) continue;
    const first = spent.firstAt(slot);
    const second = spent.secondAt(slot);
    const cell = { view, bucket, group: names.textOf(first), other: names.textOf(second) };
    const unpricedMicros = exactAt(unpriced, first, second);
    lines.push(
      spendLine({ ...cell, spentMicros: spent.exactSpentAt(slot), records: spent.recordsAt(slot), unpricedMicros }),
    );
  }
  return lines.sort(compareTexts);
};

const exactAt = (cells: Cells | undefined, first: number, second: number): bigint => {
  const slot = cells?.find(first, second) ?? -1;
  return cells === undefined || slot < 0 ? 0n : cells.exactSpentAt(slot);
};

const compareTexts = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
