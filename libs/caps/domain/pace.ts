import { type Day, firstDayOf, periodOfDay, weekdayOf } from '#kernel/days.js';
import { addMicros, type Micros, microsOf } from '#kernel/money.js';

/** What a scope spends per day, as far as an estimate asks. */
export interface DailySpend {
  readonly spentOn: (day: Day) => Micros;
  readonly firstDay: Day | undefined;
}

/** Where a month will end if the days that are left are like the same weekdays of the last four weeks. */
export interface Pace {
  readonly monthEndMicros: Micros;
  /** The day on which the cap is passed; null if it is not in this month. */
  readonly passesCapOn: Day | null;
}

const weeks = 4;
const leastHistoryDays = 7;

/**
 * A simple estimate, shaped by weekdays: the median of the same weekday in the last four weeks for every day that is
 * left, and for today what is left of that. Nothing with less than 7 days of history.
 *
 * @param spentMicros in the month so far, today included
 * @param capMicros null: there is no cap to pass
 */
export const paceOf = (
  today: Day,
  spentMicros: Micros,
  capMicros: number | null,
  { spentOn, firstDay }: DailySpend,
): Pace | undefined => {
  if (firstDay === undefined || today - firstDay < leastHistoryDays) return undefined;
  const week = Array.from({ length: 7 }, (_, ahead) => usualOn(today + ahead, today, { spentOn, firstDay }));
  const usual = (day: Day): Micros => week[(day - today) % 7];
  const passes = (micros: Micros): boolean => capMicros !== null && micros > capMicros;
  let monthEndMicros = spentMicros;
  let passesCapOn: Day | null = passes(monthEndMicros) ? today : null;
  for (let day = today; day < firstDayOf(periodOfDay(today) + 1); day++) {
    monthEndMicros = addMicros(monthEndMicros, day === today ? leftOf(usual(day), spentOn(today)) : usual(day));
    if (passesCapOn === null && passes(monthEndMicros)) passesCapOn = day;
  }
  return { monthEndMicros, passesCapOn };
};

/** What is still to come of a usual day. */
const leftOf = (usual: Micros, spent: Micros): Micros => (spent >= usual ? 0 : addMicros(usual, -spent));

const usualOn = (day: Day, today: Day, { spentOn, firstDay = today }: DailySpend): Micros =>
  medianOf(sameWeekdays(day, today, firstDay).map(spentOn));

/** The days before today with the same weekday, of the last four weeks, as far as there is history. */
const sameWeekdays = (day: Day, today: Day, firstDay: Day): readonly Day[] => {
  const back = (weekdayOf(today) - weekdayOf(day) + 7) % 7 || 7;
  return Array.from({ length: weeks }, (_, week) => today - back - 7 * week).filter((past) => past >= firstDay);
};

/** Half of an odd micro goes down: it is an estimate. 0 for nothing. */
const medianOf = (values: readonly Micros[]): Micros => {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : Number(a > b)));
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle] : halfOf(addMicros(sorted[middle - 1], sorted[middle]));
};

const halfOf = (sum: Micros): Micros => (typeof sum === 'number' ? Math.floor(sum / 2) : microsOf(sum / 2n));
