import { millisecondsInHour } from 'date-fns/constants';
import type { Calendar } from '#kernel/calendar.js';
import { type Day, periodOfDay } from '#kernel/days.js';
import { hourOf } from '#kernel/hours.js';
import { type MeteredColumns, ratings, unpricedRatings } from '#metering/domain/metering.events.js';
import { labelDimension, materialisedViews, type NameColumn, nameColumn } from './spend.dimensions.js';
import type { NameDictionary } from './name-dictionary.js';
import type { ViewPlaces } from './view-places.js';

/** By place in `ratings`. */
const isUnpriced = ratings.map((rating) => (unpricedRatings.has(rating) ? 1 : 0));

/** What rows say under one key of labels: places in `words`, 0 where a row has no such label. Not all become names. */
export interface LabelColumnRows {
  readonly viewPlace: number;
  readonly words: readonly string[];
  readonly places: Uint32Array;
}

/**
 * The rows of one event that count, as numbers side by side: what the pages need and no more. One object serves every
 * event in turn, so that the hot path allocates nothing; it is good until the next `fill`.
 */
export class CountedRows {
  count = 0;
  groups = new Uint32Array(0);
  /** The numbers of the other names, per kept view. */
  others = materialisedViews.map(() => new Uint32Array(0));
  /** One for each key that a row has; none as a rule. */
  labels: readonly LabelColumnRows[] = noLabels;
  micros = new Float64Array(0);
  /** 1 where the price was not known. */
  unpriced = new Uint8Array(0);
  days = new Int32Array(0);
  periods = new Int32Array(0);
  /** Hours of UTC since 1970. */
  hours = new Int32Array(0);
  #rows = new Uint32Array(0);
  #numbers = new Int32Array(0);

  /** Takes over the rows of an event, without those listed as not counted. */
  fill(
    columns: MeteredColumns,
    uncounted: readonly number[] | undefined,
    names: NameDictionary,
    views: ViewPlaces,
    calendar: Calendar,
  ): void {
    this.#makeRoom(columns.count);
    this.#choose(columns.count, uncounted);
    this.#fillNames(columns, names, views);
    const { costMicros, rating, occurredAtMs } = columns;
    let lastDay: Day | undefined;
    let period = 0;
    let hour = 0;
    let hourEndsMs = -Infinity;
    for (let at = 0; at < this.count; at++) {
      const row = this.#rows[at];
      const ms = occurredAtMs[row];
      if (ms >= hourEndsMs || ms < hourEndsMs - millisecondsInHour) {
        hour = hourOf(ms);
        hourEndsMs = (hour + 1) * millisecondsInHour;
      }
      this.hours[at] = hour;
      const day = calendar.dayOf(ms);
      if (day !== lastDay) {
        lastDay = day;
        period = periodOfDay(day);
      }
      this.days[at] = day;
      this.periods[at] = period;
      this.micros[at] = costMicros[row];
      this.unpriced[at] = isUnpriced[rating[row]];
    }
  }

  #makeRoom(count: number): void {
    if (count <= this.#rows.length) return;
    this.#rows = new Uint32Array(count);
    this.groups = new Uint32Array(count);
    this.others = materialisedViews.map(() => new Uint32Array(count));
    this.micros = new Float64Array(count);
    this.unpriced = new Uint8Array(count);
    this.days = new Int32Array(count);
    this.periods = new Int32Array(count);
    this.hours = new Int32Array(count);
  }

  #choose(rows: number, uncounted: readonly number[] | undefined): void {
    const left = uncounted !== undefined && uncounted.length > 0 ? new Set(uncounted) : undefined;
    this.count = 0;
    for (let row = 0; row < rows; row++) {
      if (left?.has(row) !== true) this.#rows[this.count++] = row;
    }
  }

  #fillNames(columns: MeteredColumns, names: NameDictionary, views: ViewPlaces): void {
    const known = this.#forgetNumbers(columns.words.length);
    this.#fillColumn(nameColumn(columns, 'group'), known, names, this.groups);
    materialisedViews.forEach((view, place) => {
      const column = nameColumn(columns, view);
      const numbers = column.words === columns.words ? known : new Int32Array(column.words.length).fill(unknown);
      this.#fillColumn(column, numbers, names, this.others[place]);
    });
    this.labels = noLabels;
    if (columns.labels === undefined) return;
    this.labels = columns.labels.map(({ key, places }) => ({
      viewPlace: views.placeFor(labelDimension(key)),
      words: columns.words,
      places: Uint32Array.from({ length: this.count }, (_, at) => places[this.#rows[at]]),
    }));
  }

  /** A word is looked up once per event, and only if a row that counts uses it here: task ids never become names. */
  #fillColumn({ places, words }: NameColumn, known: Int32Array, names: NameDictionary, into: Uint32Array): void {
    if (places === undefined) {
      into.fill(0, 0, this.count);
      return;
    }
    for (let at = 0; at < this.count; at++) {
      const place = places[this.#rows[at]];
      let number = known[place];
      if (number === unknown) {
        number = names.numberOf(words[place]);
        known[place] = number;
      }
      into[at] = number;
    }
  }

  #forgetNumbers(words: number): Int32Array {
    if (words > this.#numbers.length) this.#numbers = new Int32Array(words);
    return this.#numbers.fill(unknown, 0, words);
  }
}

const unknown = -1;
const noLabels: readonly LabelColumnRows[] = [];
