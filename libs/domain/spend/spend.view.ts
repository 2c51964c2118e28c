import type { Calendar } from '#kernel/calendar.js';
import { periodOfDay } from '#kernel/days.js';
import { hourOf } from '#kernel/hours.js';
import {
  type Charge,
  type CorrectedRow,
  type MeteredColumns,
  unpricedRatings,
} from '#domain/metering/metering.events.js';
import { CountedRows } from './counted-rows.js';
import { LastHours } from './last-hours.js';
import { Names } from './names.js';
import { addressAt, type BucketKind } from './page-address.js';
import { Pages, type PagesUsage } from './pages.js';
import { keptViews, nameOfCorrected } from './spend.dimensions.js';
import {
  beginSpendSnapshot,
  restoreLastHours,
  restoreNames,
  restoreTotals,
  type SpendSnapshot,
} from './spend.snapshot.js';
import { Totals } from './totals.js';

/** Spend by group and one other dimension, per day and per month: a fold of the metering and of its corrections. */
export interface SpendView {
  /** Folds one event. `uncounted` lists the rows that are duplicates or conflicts. Throws only if the snapshot is damaged. */
  applyMetered(columns: MeteredColumns, uncounted: readonly number[] | undefined): void;
  /** Folds corrections: what was charged before goes, what is charged after comes. */
  applyCorrections(rows: readonly CorrectedRow[]): void;
  /** Begins a snapshot of this moment; the fold may go on while its parts are written. One at a time. */
  beginSnapshot(): SpendSnapshot;
  /** Whether changed pages pile up that only a snapshot lets go, as when history is imported. */
  wantsSnapshot(): boolean;
  /** Takes in a snapshot by the keys of its parts; only for a view that has folded nothing. Throws if it is damaged. */
  restore(keys: readonly string[]): void;
  usage(): PagesUsage & { readonly names: number };
  /** For queries, which read and never write. */
  readonly names: Names;
  readonly pages: Pages;
  /** What groups spent per month and per recent day, by the numbers of `names`. */
  readonly totals: Totals;
  /** What users spent in the last hours, by the numbers of `names`. */
  readonly lastHours: LastHours;
}

export interface SpendViewOptions {
  /** The organisation's calendar; its zone does not change once there is spend. */
  readonly calendar: () => Calendar;
  /** A part of the snapshot at hand; throws if there is none. */
  readonly loadPart: (key: string) => Uint8Array;
}

const maxWaitingBytes = 64 * 1024 * 1024;

export const createSpendView = ({ calendar, loadPart }: SpendViewOptions): SpendView => {
  const names = new Names();
  const pages = new Pages(loadPart);
  const rows = new CountedRows();
  const totals = new Totals();
  const lastHours = new LastHours();
  const saved = { names: 0, changes: 0 };

  return {
    names,
    pages,
    totals,
    lastHours,
    applyMetered: (columns, uncounted) => {
      rows.fill(columns, uncounted, names, calendar());
      pages.reach(latestDay(rows));
      totals.addRows(rows);
      lastHours.addRows(rows);
      for (let view = 0; view < keptViews.length; view++) {
        addRuns(pages, rows, view, 'day');
        addRuns(pages, rows, view, 'month');
      }
      pages.tidy();
    },
    applyCorrections: (corrected) => {
      for (const row of corrected) {
        addCharge({ pages, names, totals, lastHours }, calendar(), row, row.before, -1);
        if (row.after !== null) addCharge({ pages, names, totals, lastHours }, calendar(), row, row.after, 1);
      }
    },
    beginSnapshot: () => beginSpendSnapshot(names, pages, totals, lastHours, saved),
    wantsSnapshot: () => pages.usage().waitingBytes > maxWaitingBytes,
    restore: (keys) => {
      restoreNames(names, keys, loadPart);
      saved.names = names.size;
      pages.restore(keys);
      restoreTotals(totals, pages, keys, loadPart);
      restoreLastHours(lastHours, pages, keys, loadPart);
    },
    usage: () => ({ ...pages.usage(), names: names.size }),
  };
};

const latestDay = (rows: CountedRows): number => {
  let latest = -Infinity;
  for (let row = 0; row < rows.count; row++) if (rows.days[row] > latest) latest = rows.days[row];
  return latest;
};

/** Rows of one event mostly share a bucket: the page is looked up once for each run of equal ones. */
const addRuns = (pages: Pages, rows: CountedRows, viewPlace: number, kind: BucketKind): void => {
  const buckets = kind === 'day' ? rows.days : rows.periods;
  const others = rows.others[viewPlace];
  let from = 0;
  while (from < rows.count) {
    const bucket = buckets[from];
    let to = from + 1;
    while (to < rows.count && buckets[to] === bucket) to++;
    pages.write(addressAt(viewPlace, kind, bucket)).addRows(rows, others, from, to);
    from = to;
  }
};

/** Adds a record as it is charged (sign 1), or takes it back (sign -1). */
const addCharge = (
  { pages, names, totals, lastHours }: Pick<SpendView, 'pages' | 'names' | 'totals' | 'lastHours'>,
  calendar: Calendar,
  row: CorrectedRow,
  charge: Charge,
  sign: 1 | -1,
): void => {
  const day = calendar.dayOf(row.occurredAtMs);
  const period = periodOfDay(day);
  const group = names.numberOf(charge.groupId);
  const isUnpriced = unpricedRatings.has(charge.rating);
  totals.add(group, day, period, sign * charge.costMicros, sign);
  lastHours.add(group, names.numberOf(row.userId), hourOf(row.occurredAtMs), sign * charge.costMicros, sign);
  keptViews.forEach((view, place) => {
    const other = names.numberOf(nameOfCorrected(row, charge, view));
    for (const address of [addressAt(place, 'day', day), addressAt(place, 'month', period)]) {
      pages.write(address).add(group, other, sign * charge.costMicros, sign, isUnpriced);
    }
  });
};
