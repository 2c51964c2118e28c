import type { Day, Period } from '#kernel/days.js';
import { maxMicros, type Micros } from '#kernel/money.js';
import { Cells } from './cells.js';
import type { CountedRows } from './counted-rows.js';
import { bucketOf } from './page-address.js';
import type { PageCache } from './page-cache.js';

/** Stands for the organisation where others give a group's number. */
export const everyGroup = 0xffff_ffff;

const recentDays = 62;
const noDay = 0x7fff_ffff;

/**
 * Data cube: what every group, and all of them together, spent per month and per recent day: what caps are made of and
 * compared with, so that looking at one group costs the same however many there are. Months and days are sums of the
 * pages, from which they are made again; only the first days have to be saved.
 */
export class Totals {
  /** (period, group). */
  readonly #months = new Cells();
  /** Per day (0, group), for the last 62 days. */
  readonly #days = new Map<Day, Cells>();
  /** By number of the group. */
  #firstDays = new Int32Array(0);
  #earliest = noDay;
  #latestDay: Day = -Infinity;
  #changes = 0;

  /** Adds the rows of an event that count. Rows of one day come in runs: what is the same for all is done once for each. */
  addRows({ count, groups, micros, days, periods }: CountedRows): void {
    for (let from = 0, to = 0; from < count; from = to) {
      const day = days[from];
      const period = periods[from];
      const dayCells = this.#cellsOf(day);
      let sum = 0;
      for (; to < count && days[to] === day && sum <= maxMicros - micros[to]; to++) {
        sum += micros[to];
        this.#months.add(period, groups[to], micros[to], 1);
        dayCells?.add(0, groups[to], micros[to], 1);
        this.#noteFirst(groups[to], day);
      }
      this.#months.add(period, everyGroup, sum, to - from);
      dayCells?.add(0, everyGroup, sum, to - from);
    }
  }

  /** Adds to one day of a group, or takes away from it; both amounts may be negative. */
  add(group: number, day: Day, period: Period, micros: number, records: number): void {
    this.#months.add(period, group, micros, records);
    this.#months.add(period, everyGroup, micros, records);
    const cells = this.#cellsOf(day);
    cells?.add(0, group, micros, records);
    cells?.add(0, everyGroup, micros, records);
    if (records > 0) this.#noteFirst(group, day);
  }

  spentInMonth(group: number, period: Period): Micros {
    return spentIn(this.#months, period, group);
  }

  /** The same, exact below 2^53 and never an error. */
  roughlySpentInMonth(group: number, period: Period): number {
    const slot = this.#months.find(period, group);
    return slot < 0 ? 0 : this.#months.roughlySpentAt(slot);
  }

  /** 0 for days that are more than 62 days back. */
  spentOnDay(group: number, day: Day): Micros {
    const cells = this.#days.get(day);
    return cells === undefined ? 0 : spentIn(cells, 0, group);
  }

  /** The earliest day with a record, also if that record was taken back since; nothing if there was none. */
  firstDayOf(group: number): Day | undefined {
    return knownDay(group === everyGroup ? this.#earliest : (this.#firstDays.at(group) ?? noDay));
  }

  /** How often a first day has changed: a snapshot that has seen as many has them all. */
  get changes(): number {
    return this.#changes;
  }

  /** The first days, for a snapshot. */
  encodeFirstDays(): Uint8Array {
    return new Uint8Array(this.#firstDays.slice().buffer);
  }

  /** Makes the totals again from the pages and the first days of a snapshot. */
  restore(pages: PageCache, firstDays: Uint8Array): void {
    this.#firstDays = new Int32Array(new Uint8Array(firstDays).buffer);
    this.#earliest = this.#firstDays.reduce((first, day) => Math.min(first, day), noDay);
    for (const address of pages.addresses('trigger', 'month', 0, Infinity)) {
      eachGroup(pages, address, (group, micros, records) => {
        this.#months.add(bucketOf(address), group, micros, records);
        this.#months.add(bucketOf(address), everyGroup, micros, records);
      });
    }
    const days = pages.addresses('trigger', 'day', -Infinity, Infinity).sort((a, b) => bucketOf(b) - bucketOf(a));
    for (const address of days) {
      const cells = this.#cellsOf(bucketOf(address));
      if (cells === undefined) break;
      eachGroup(pages, address, (group, micros, records) => {
        cells.add(0, group, micros, records);
        cells.add(0, everyGroup, micros, records);
      });
    }
  }

  /** Nothing for a day that is too long ago. */
  #cellsOf(day: Day): Cells | undefined {
    if (day > this.#latestDay) this.#reach(day);
    if (day <= this.#latestDay - recentDays) return undefined;
    let cells = this.#days.get(day);
    if (cells === undefined) this.#days.set(day, (cells = new Cells()));
    return cells;
  }

  #reach(day: Day): void {
    this.#latestDay = day;
    for (const old of this.#days.keys()) if (old <= day - recentDays) this.#days.delete(old);
  }

  #noteFirst(group: number, day: Day): void {
    if (group >= this.#firstDays.length) {
      // Names of other dimensions take numbers, too: there are more numbers than groups.
      const grown = new Int32Array(Math.max(64, 2 * (group + 1))).fill(noDay);
      grown.set(this.#firstDays);
      this.#firstDays = grown;
    }
    if (day >= this.#firstDays[group]) return;
    this.#firstDays[group] = day;
    this.#changes++;
    this.#earliest = Math.min(this.#earliest, day);
  }
}

const spentIn = (cells: Cells, first: number, second: number): Micros => {
  const slot = cells.find(first, second);
  return slot < 0 ? 0 : cells.spentAt(slot);
};

const most = BigInt(maxMicros);

const knownDay = (day: number): Day | undefined => (day === noDay ? undefined : day);

/** A sum may be more than an amount can be: it is added in pieces that are not. */
const eachGroup = (
  pages: PageCache,
  address: number,
  add: (group: number, micros: number, records: number) => void,
): void => {
  const cells = pages.read(address)?.spent;
  if (cells === undefined) return;
  for (let slot = 0; slot < cells.capacity; slot++) {
    if (!cells.isTaken(slot)) continue;
    const group = cells.firstAt(slot);
    let micros = cells.exactSpentAt(slot);
    for (; micros > most; micros -= most) add(group, maxMicros, 0);
    for (; micros < -most; micros += most) add(group, -maxMicros, 0);
    add(group, Number(micros), cells.recordsAt(slot));
  }
};
