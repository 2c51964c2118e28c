import type { Hour } from '#kernel/hours.js';
import { maxMicros } from '#kernel/money.js';
import { Cells } from './cells.js';
import type { CountedRows } from './counted-rows.js';
import { materialisedViews } from './spend.dimensions.js';

/** The current hour so far and the 23 full hours before it: never more than 24 hours. */
export const windowHours = 24;
/** One more than a window: a record may be ahead of the clock by minutes, and so in the next hour. */
export const keptHours = windowHours + 1;

const byUser = materialisedViews.indexOf('user');

/** What is to be saved of one hour. */
export interface SavedHour {
  readonly hour: Hour;
  readonly cells: Cells;
}

/**
 * What each user of each group spent in each of the last hours, by the numbers of their names. How far back is counted
 * from the latest hour that was folded, never from a clock, and an hour once reached is never left again: what is kept
 * does not depend on the order in which records came.
 */
export class LastHours {
  /** Per hour, (group, user). */
  readonly #hours = new Map<Hour, Cells>();
  /** Read by others as they are now: the fold goes on with a copy. */
  readonly #shared = new Set<Cells>();
  #changed = new Set<Hour>();
  #saving: ReadonlySet<Hour> = new Set();
  #latest: Hour = -Infinity;

  /** The latest hour with a record, also if that record was taken back since; -Infinity if there was none. */
  get latest(): Hour {
    return this.#latest;
  }

  /** Adds the rows of an event that count. A run of rows that are too long ago costs a comparison for each. */
  addRows(rows: CountedRows): void {
    const { count, hours } = rows;
    for (let from = 0, to = 0; from < count; from = to) {
      const hour = hours[from];
      while (to < count && hours[to] === hour) to++;
      const cells = this.#toChange(hour);
      if (cells !== undefined) addUsers(cells, rows, from, to);
    }
  }

  /** Adds to one hour of a user, or takes away from it; both amounts may be negative. */
  add(group: number, user: number, hour: Hour, micros: number, records: number): void {
    this.#toChange(hour)?.add(group, user, micros, records);
  }

  /** Micros in the 24 hours that end with this one, exact whatever their size. */
  spent(group: number, user: number, hour: Hour): bigint {
    let total = 0n;
    for (let at = hour - windowHours + 1; at <= hour; at++) {
      const cells = this.#hours.get(at);
      const slot = cells?.find(group, user) ?? -1;
      if (cells !== undefined && slot >= 0) total += cells.exactSpentAt(slot);
    }
    return total;
  }

  /** All hours that are kept, as they are now, also if the fold goes on meanwhile. In no order. */
  all(): readonly SavedHour[] {
    return this.#share(this.#hours.keys());
  }

  /** Begins to save the hours that have changed: they count as changed until `saved`. */
  beginSaving(): readonly SavedHour[] {
    this.#saving = this.#changed;
    this.#changed = new Set();
    return this.#share(this.#saving);
  }

  saved(): void {
    this.#saving = new Set();
  }

  /** The save that was begun has failed. */
  notSaved(): void {
    for (const hour of this.#saving) if (this.#hours.has(hour)) this.#changed.add(hour);
    this.#saving = new Set();
  }

  /** Takes in the hours of a snapshot, some of which may be too long ago; only for hours that have seen nothing. */
  restore(saved: readonly SavedHour[]): void {
    this.#latest = saved.reduce((latest, { hour }) => Math.max(latest, hour), -Infinity);
    for (const { hour, cells } of saved) if (this.#isKept(hour)) this.#hours.set(hour, cells);
  }

  /** Nothing for an hour that is too long ago. */
  #toChange(hour: Hour): Cells | undefined {
    if (hour > this.#latest) this.#reach(hour);
    if (!this.#isKept(hour)) return undefined;
    const found = this.#hours.get(hour);
    if (found !== undefined && this.#changed.has(hour) && !this.#shared.has(found)) return found;
    const cells = found === undefined ? this.#newCells(hour) : this.#ownCells(found);
    this.#hours.set(hour, cells);
    this.#changed.add(hour);
    return cells;
  }

  #isKept(hour: Hour): boolean {
    return hour > this.#latest - keptHours;
  }

  #reach(hour: Hour): void {
    this.#latest = hour;
    for (const [old, cells] of this.#hours) {
      if (this.#isKept(old)) continue;
      this.#hours.delete(old);
      this.#changed.delete(old);
      this.#shared.delete(cells);
    }
  }

  /** An hour mostly gets about as many users as the one before it. */
  #newCells(hour: Hour): Cells {
    return Cells.withRoomFor(this.#hours.get(hour - 1)?.used ?? 0);
  }

  #ownCells(cells: Cells): Cells {
    return this.#shared.delete(cells) ? cells.copy(false) : cells;
  }

  #share(hours: Iterable<Hour>): readonly SavedHour[] {
    return [...hours].flatMap((hour) => {
      const cells = this.#hours.get(hour);
      if (cells === undefined) return [];
      this.#shared.add(cells);
      return [{ hour, cells }];
    });
  }
}

/** The rows of one task mostly come one after the other: what a user spends in a run of rows is added at once. */
const addUsers = (cells: Cells, { groups, others, micros }: CountedRows, from: number, to: number): void => {
  const users = others[byUser];
  for (let row = from; row < to;) {
    const group = groups[row];
    const user = users[row];
    const first = row;
    let sum = micros[row++];
    while (row < to && users[row] === user && groups[row] === group && sum <= maxMicros - micros[row]) {
      sum += micros[row++];
    }
    cells.add(group, user, sum, row - first);
  }
};
