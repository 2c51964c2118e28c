import type { Cells } from './cells.js';
import type { NameDictionary } from './name-dictionary.js';
import { bucketText, type PageAddress, viewPlaceOf } from './page-address.js';
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
  /** Exact, whatever their size. */
  readonly spentMicros: number | bigint;
  readonly records: number;
  readonly unpricedMicros: number | bigint;
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
  const viewOf = (address: PageAddress): KeptView => pages.views.viewAt(viewPlaceOf(address));
  const titled = pages.all().map((address) => ({ address, title: `${viewOf(address)}\t${bucketText(address)}\t` }));
  titled.sort((a, b) => compareTexts(a.title, b.title));
  const reading = pages.reading(titled.map(({ address }) => address));
  const ranks = rankedNames(names);
  for (const [address, { spent, unpriced }] of reading.pages()) {
    const view = viewOf(address);
    const bucket = bucketText(address);
    for (const slot of slotsInOrder(spent, ranks)) {
      const first = spent.firstAt(slot);
      const second = spent.secondAt(slot);
      yield spendLine({
        view,
        bucket,
        group: names.textOf(first),
        other: names.textOf(second),
        spentMicros: exactAt(spent, slot),
        records: spent.recordsAt(slot),
        unpricedMicros: unpriced === undefined ? 0 : exactAt(unpriced, unpriced.find(first, second)),
      });
    }
  }
}

/** Names in the order of their texts: which is the nth, and the place of each. */
interface RankedNames {
  readonly byRank: Uint32Array;
  readonly rankOf: Uint32Array;
}

const rankedNames = (names: NameDictionary): RankedNames => {
  const byRank = Uint32Array.from({ length: names.size }, (_, number) => number);
  byRank.sort((a, b) => compareTexts(names.textOf(a), names.textOf(b)));
  const rankOf = new Uint32Array(byRank.length);
  byRank.forEach((number, rank) => (rankOf[number] = rank));
  return { byRank, rankOf };
};

/** Slots that are not empty. A pair is one number while it is sorted: there are thousands a page, millions in all. */
function* slotsInOrder(cells: Cells, { byRank, rankOf }: RankedNames): Generator<number, void> {
  const keys = new Float64Array(cells.used);
  let count = 0;
  for (let slot = 0; slot < cells.capacity; slot++) {
    if (!cells.isTaken(slot) || cells.isEmpty(slot)) continue;
    keys[count++] = rankOf[cells.firstAt(slot)] * byRank.length + rankOf[cells.secondAt(slot)];
  }
  for (const key of keys.subarray(0, count).sort()) {
    yield cells.find(byRank[Math.floor(key / byRank.length)], byRank[key % byRank.length]);
  }
}

/** 0 where there is no slot (-1). */
const exactAt = (cells: Cells, slot: number): number | bigint => {
  if (slot < 0) return 0;
  return cells.carries === undefined ? cells.spent[slot] : cells.exactSpentAt(slot);
};

const compareTexts = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
