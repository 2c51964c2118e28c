import type { Calendar } from '#kernel/calendar.js';
import { periodOfDay } from '#kernel/days.js';
import { hourOf } from '#kernel/hours.js';
import {
  type Charge,
  type CorrectedRow,
  chargeCorrectionTypes,
  isChargeCorrection,
  isRecordsMetered,
  type MeteredColumns,
  unpricedRatings,
} from '#metering/domain/metering.events.js';
import { maxLabelKeys } from '#organisation/domain/organisation.events.js';
import { uncountedRows } from '#metering/domain/metering.slots.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { type FrozenView, PartedView } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { CountedRows, type LabelColumnRows } from './counted-rows.js';
import { LabelValues } from './label-values.js';
import { LastHours } from './last-hours.js';
import { NameDictionary } from './name-dictionary.js';
import { addressAt, type BucketKind, type PageAddress } from './page-address.js';
import { PageCache, type PagesUsage } from './page-cache.js';
import { labelDimension, materialisedViews, nameOfCorrected } from './spend.dimensions.js';
import { beginSpendSnapshot, restoreLastHours, restoreNames, restoreTotals, spendPrefix } from './spend.snapshot.js';
import { noteCorrections, noteSpend } from './spend.slots.js';
import { Totals } from './totals.js';

export interface SpendViewOptions {
  /** The organisation's calendar; its zone does not change once there is spend. */
  readonly calendar: () => Calendar;
  /** A part of the snapshot at hand; throws if there is none. */
  readonly loadPart: (key: string) => Uint8Array;
}

const maxWaitingBytes = 64 * 1024 * 1024;
/** Two years of every key there may be; the values of others are read from their pages. */
const labelMonthsAtHand = 24 * maxLabelKeys;

/**
 * Data cube: spend by group and one other dimension, per day and per month: a fold of the metering and of its
 * corrections.
 */
export class SpendView extends PartedView {
  readonly name = 'spend';
  readonly handles = ['RecordsMetered', ...chargeCorrectionTypes];
  readonly prefix = spendPrefix;
  // For queries, which read and never write.
  readonly names = new NameDictionary();
  readonly pages: PageCache;
  /** What groups spent per month and per recent day, by the numbers of `names`. */
  readonly totals = new Totals();
  /** What users spent in the last hours, by the numbers of `names`. */
  readonly lastHours = new LastHours();
  /** Which values of labels are named in a month, by the address of its page. */
  readonly labelValues = new LabelValues<PageAddress, number>(
    (address) => namesIn(this.pages, address),
    this.names,
    labelMonthsAtHand,
  );
  readonly #rows = new CountedRows();
  readonly #saved = { names: 0, changes: 0 };

  constructor(private readonly options: SpendViewOptions) {
    super();
    this.pages = new PageCache(options.loadPart);
  }

  /** Throws only if the snapshot is damaged. */
  apply(event: StoredEvent, at: FoldContext): void {
    if (isRecordsMetered(event)) {
      this.addMetered(event.data, at.get(uncountedRows));
      noteSpend(at.changes, this.#rows, this.names);
    } else if (isChargeCorrection(event)) {
      this.addCorrections(event.data.rows);
      noteCorrections(at.changes, event.data.rows, this.names);
    }
  }

  /** @param uncounted rows that are duplicates or conflicts */
  addMetered(columns: MeteredColumns, uncounted: readonly number[] | undefined): void {
    const rows = this.#rows;
    rows.fill(columns, uncounted, this.names, this.pages.views, this.options.calendar());
    this.pages.reach(latestDay(rows));
    this.totals.addRows(rows);
    this.lastHours.addRows(rows);
    for (let view = 0; view < materialisedViews.length; view++) {
      addRuns(this.pages, rows, view, 'day');
      addRuns(this.pages, rows, view, 'month');
    }
    for (const label of rows.labels) addLabel(this, rows, label);
    this.pages.tidy();
  }

  /** What was charged before goes, what is charged after comes. */
  addCorrections(corrected: readonly CorrectedRow[]): void {
    for (const row of corrected) {
      addCharge(this, this.options.calendar(), row, row.before, -1);
      if (row.after !== null) addCharge(this, this.options.calendar(), row, row.after, 1);
    }
  }

  freeze(): FrozenView {
    return beginSpendSnapshot(this.names, this.pages, this.totals, this.lastHours, this.#saved);
  }

  /** Whether changed pages pile up that only a snapshot lets go, as when history is imported. */
  wantsSnapshot(): boolean {
    return this.pages.usage().waitingBytes > maxWaitingBytes;
  }

  restore(keys: readonly string[]): void {
    const { loadPart } = this.options;
    restoreNames(this.names, keys, loadPart);
    this.#saved.names = this.names.size;
    this.pages.restore(keys);
    restoreTotals(this.totals, this.pages, keys, loadPart);
    restoreLastHours(this.lastHours, this.pages, keys, loadPart);
  }

  usage = (): PagesUsage & { readonly names: number } => ({ ...this.pages.usage(), names: this.names.size });
}

const latestDay = (rows: CountedRows): number => {
  let latest = -Infinity;
  for (let row = 0; row < rows.count; row++) if (rows.days[row] > latest) latest = rows.days[row];
  return latest;
};

/** Rows of one event mostly share a bucket: the page is looked up once for each run of equal ones. */
const addRuns = (pages: PageCache, rows: CountedRows, viewPlace: number, kind: BucketKind): void => {
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

/** Adds the rows that have a label, each to the cell of its value or, beyond the values that are named, to that of all others. */
const addLabel = (
  { pages, labelValues }: Pick<SpendView, 'pages' | 'labelValues'>,
  rows: CountedRows,
  { viewPlace, words, places }: LabelColumnRows,
): void => {
  for (let row = 0; row < rows.count; row++) {
    if (places[row] === 0) continue;
    const month = addressAt(viewPlace, 'month', rows.periods[row]);
    const other = labelValues.counted(month, words[places[row]]);
    const isUnpriced = rows.unpriced[row] !== 0;
    for (const address of [addressAt(viewPlace, 'day', rows.days[row]), month]) {
      pages.write(address).add(rows.groups[row], other, rows.micros[row], 1, isUnpriced);
    }
  }
};

/** Second names of the pairs of a page; a pair stays when all that was added to it has been taken back. */
function* namesIn(pages: PageCache, address: PageAddress): Generator<number, void> {
  const cells = pages.read(address)?.spent;
  if (cells === undefined) return;
  for (let slot = 0; slot < cells.capacity; slot++) if (cells.isTaken(slot)) yield cells.secondAt(slot);
}

/** Adds a record as it is charged (sign 1), or takes it back (sign -1). */
const addCharge = (
  { pages, names, totals, lastHours, labelValues }: SpendView,
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
  const addTo = (viewPlace: number, other: number): void => {
    for (const address of [addressAt(viewPlace, 'day', day), addressAt(viewPlace, 'month', period)]) {
      pages.write(address).add(group, other, sign * charge.costMicros, sign, isUnpriced);
    }
  };
  materialisedViews.forEach((view, place) => {
    addTo(place, names.numberOf(nameOfCorrected(row, charge, view)));
  });
  for (const [key, value] of row.labels ?? []) {
    const place = pages.views.placeFor(labelDimension(key));
    addTo(place, labelValues.counted(addressAt(place, 'month', period), value));
  }
};
