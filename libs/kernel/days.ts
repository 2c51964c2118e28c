/**
 * Days, months and weeks as numbers, in the proleptic Gregorian calendar. Nothing here knows a time zone: which day an
 * instant belongs to is the business of `calendar.ts`.
 */

/** A day of a local calendar: days since 1970-01-01, which is day 0. */
export type Day = number;
/** A calendar month: year x 12 + (month - 1). */
export type Period = number;

/** An ISO week (ISO 8601): Monday first; week 1 is the one with the year's first Thursday. */
export interface IsoWeek {
  readonly year: number;
  readonly week: number;
}

const daysPer400Years = 146_097;
/** Days from 0000-03-01, where the algorithms below begin to count, to 1970-01-01. */
const epochShift = 719_468;

/** Division of naturals. Below 2^31 the machine does it without a floating-point number. */
const quotient = (dividend: number, divisor: number): number => (dividend / divisor) | 0;

/**
 * The day of a date that exists, from the year 1 on; month and day count from 1. Years begin in March, so that the
 * leap day comes last (Howard Hinnant, "chrono-compatible low-level date algorithms").
 */
export const dayOfDate = (year: number, month: number, day: number): Day => {
  const marchYear = month <= 2 ? year - 1 : year;
  const leapDays = quotient(marchYear, 4) - quotient(marchYear, 100) + quotient(marchYear, 400);
  const dayOfYear = quotient(153 * (month > 2 ? month - 3 : month + 9) + 2, 5) + day - 1;
  return marchYear * 365 + leapDays + dayOfYear - epochShift;
};

/** The month a day is in, from the year 1 on. */
export const periodOfDay = (day: Day): Period => {
  const shifted = day + epochShift;
  const century4 = quotient(shifted, daysPer400Years);
  const rest = shifted - century4 * daysPer400Years;
  const leapDays = quotient(rest, 1_460) - quotient(rest, 36_524) + quotient(rest, 146_096);
  const year = quotient(rest - leapDays, 365);
  const dayOfYear = rest - 365 * year - quotient(year, 4) + quotient(year, 100);
  const monthFromMarch = quotient(5 * dayOfYear + 2, 153);
  return (century4 * 400 + year) * 12 + monthFromMarch + 2;
};

/** The first day of a month. Its last day is the day before `firstDayOf(period + 1)`. */
export const firstDayOf = (period: Period): Day => {
  const year = quotient(period, 12);
  return dayOfDate(year, period - year * 12 + 1, 1);
};

export const daysInPeriod = (period: Period): number => firstDayOf(period + 1) - firstDayOf(period);

/** 1 is Monday, 7 is Sunday (ISO 8601). Day 0 was a Thursday. */
export const weekdayOf = (day: Day): number => ((((day + 3) % 7) + 7) % 7) + 1;

/** The Monday that begins the week of a day. */
export const mondayOf = (day: Day): Day => day - weekdayOf(day) + 1;

/** The ISO week of a day; its year is the one its Thursday is in, so it may differ from the day's own. */
export const isoWeekOfDay = (day: Day): IsoWeek => {
  const thursday = mondayOf(day) + 3;
  const year = quotient(periodOfDay(thursday), 12);
  return { year, week: quotient(thursday - firstDayOf(year * 12), 7) + 1 };
};
