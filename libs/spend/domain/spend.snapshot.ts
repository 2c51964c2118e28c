import type { FrozenView } from '#event-sourcing/view.js';
import type { LastHours, SavedHour } from './last-hours.js';
import { decodeHour, encodeHour, hoursPrefix, keyOfHour } from './last-hours.codec.js';
import { type NameDictionary, namesPerBlock } from './name-dictionary.js';
import { encodePage } from './page.js';
import { pageKeyOf } from './page-address.js';
import type { PageCache } from './page-cache.js';
import type { ConsistentScan } from './consistent-scan.js';
import type { Totals } from './totals.js';
import type { ViewPlaces } from './view-places.js';

/** Keys of all parts of a snapshot of spend begin with this. */
export const spendPrefix = 'spend/';
const namesPrefix = `${spendPrefix}names/`;
const firstDaysKey = `${spendPrefix}first-days`;

/** @param saved how many names and changes of first days the snapshots so far hold; moved on by `commit` */
export const beginSpendSnapshot = (
  names: NameDictionary,
  pages: PageCache,
  totals: Totals,
  lastHours: LastHours,
  saved: { names: number; changes: number },
): FrozenView => {
  const until = names.size;
  const { changes } = totals;
  const firstDays = changes === saved.changes ? undefined : totals.encodeFirstDays();
  const hours = lastHours.beginSaving();
  const pagesToSave = pages.beginSaving();
  return {
    parts: withTotals(firstDays, hours, parts(names, saved.names, until, pagesToSave, pages.views)),
    commit: () => {
      pagesToSave.end();
      saved.names = until;
      saved.changes = changes;
      pages.saved();
      lastHours.saved();
    },
    abort: () => {
      pagesToSave.end();
      pages.notSaved();
      lastHours.notSaved();
    },
  };
};

/** Reads back the names of a snapshot, block after block. */
export const restoreNames = (
  names: NameDictionary,
  keys: readonly string[],
  load: (key: string) => Uint8Array,
): void => {
  const blocks = keys.filter((key) => key.startsWith(namesPrefix)).length;
  for (let block = 0; block < blocks; block++) names.decodeBlock(load(keyOfBlock(block)));
};

/** Makes the totals again; a snapshot of nothing has no first days. */
export const restoreTotals = (
  totals: Totals,
  pages: PageCache,
  keys: readonly string[],
  load: (key: string) => Uint8Array,
): void => {
  if (pages.all().length > 0 || keys.includes(firstDaysKey)) totals.restore(pages, load(firstDaysKey));
};

/** Takes in the last hours; where there are pages, there is an hour. */
export const restoreLastHours = (
  lastHours: LastHours,
  pages: PageCache,
  keys: readonly string[],
  load: (key: string) => Uint8Array,
): void => {
  const parts = keys.filter((key) => key.startsWith(hoursPrefix)).map(load);
  if (parts.length === 0 && pages.all().length > 0) throw new Error('the snapshot has lost its last hours');
  lastHours.restore(parts.map(decodeHour));
};

function* withTotals(
  firstDays: Uint8Array | undefined,
  hours: readonly SavedHour[],
  others: FrozenView['parts'],
): FrozenView['parts'] & Generator {
  if (firstDays !== undefined) yield [firstDaysKey, firstDays] as const;
  for (const hour of hours) yield [keyOfHour(hour.hour), encodeHour(hour)] as const;
  yield* others;
}

function* parts(
  names: NameDictionary,
  from: number,
  until: number,
  pages: ConsistentScan,
  views: ViewPlaces,
): FrozenView['parts'] & Generator {
  if (from < until) {
    const lastBlock = Math.floor((until - 1) / namesPerBlock);
    for (let block = Math.floor(from / namesPerBlock); block <= lastBlock; block++) {
      yield [keyOfBlock(block), names.encodeBlock(block, until)] as const;
    }
  }
  for (const [address, page] of pages.pages()) yield [pageKeyOf(address, views), encodePage(page)] as const;
}

const keyOfBlock = (block: number): string => `${namesPrefix}${String(block)}`;
