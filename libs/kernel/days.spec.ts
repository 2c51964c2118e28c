import assert from 'node:assert/strict';
import { TZDate } from '@date-fns/tz';
import { addMonths } from 'date-fns/addMonths';
import { millisecondsInDay, monthsInYear } from 'date-fns/constants';
import { differenceInCalendarDays } from 'date-fns/differenceInCalendarDays';
import { differenceInCalendarMonths } from 'date-fns/differenceInCalendarMonths';
import { getDaysInMonth } from 'date-fns/getDaysInMonth';
import { getISODay } from 'date-fns/getISODay';
import { getISOWeek } from 'date-fns/getISOWeek';
import { getISOWeekYear } from 'date-fns/getISOWeekYear';
import { startOfISOWeek } from 'date-fns/startOfISOWeek';
import { startOfMonth } from 'date-fns/startOfMonth';
import fc from 'fast-check';
import { runs } from '#test/support/runs.js';
import {
  type Day,
  dayOfDate,
  daysInPeriod,
  firstDayOf,
  isoWeekOfDay,
  mondayOf,
  periodOfDay,
  weekdayOf,
} from './days.js';
import { parseDay } from './instants.js';

const day = (text: string): Day => {
  const read = parseDay(text);
  assert.ok(read !== undefined, text);
  return read;
};
const anyDay = fc.integer({ min: -700_000, max: 2_900_000 });

describe('days', () => {
  it('counts like the Gregorian calendar of the language', () => {
    fc.assert(
      fc.property(anyDay, (n) => {
        const date = new Date(n * millisecondsInDay);
        assert.equal(dayOfDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()), n);
        assert.equal(periodOfDay(n), date.getUTCFullYear() * 12 + date.getUTCMonth());
        assert.equal(weekdayOf(n) % 7, date.getUTCDay());
      }),
    );
  });

  it('gives every day to exactly one month', () => {
    fc.assert(
      fc.property(anyDay, (n) => {
        const period = periodOfDay(n);
        assert.ok(firstDayOf(period) <= n && n < firstDayOf(period + 1));
      }),
    );
  });

  it('keeps the last day of 400 years in February', () => {
    for (const year of [400, 1600, 2000, 2400]) {
      assert.equal(periodOfDay(dayOfDate(year, 2, 29)), year * 12 + 1);
      assert.equal(periodOfDay(dayOfDate(year, 2, 29) + 1), year * 12 + 2);
    }
  });

  it('knows leap years', () => {
    const february = (year: number): number => daysInPeriod(year * 12 + 1);
    assert.deepEqual([1900, 2000, 2026, 2028, 2100].map(february), [28, 29, 28, 29, 28]);
  });
});

describe('ISO weeks', () => {
  // From the tables of ISO 8601: a year has 53 weeks if it begins on a Thursday, or is a leap year that begins on a Wednesday.
  for (const [date, year, week] of [
    ['2020-12-31', 2020, 53],
    ['2021-01-03', 2020, 53],
    ['2021-01-04', 2021, 1],
    ['2026-01-01', 2026, 1],
    ['2026-12-28', 2026, 53],
    ['2027-01-03', 2026, 53],
    ['2027-01-04', 2027, 1],
    ['2024-12-30', 2025, 1],
    ['2028-02-29', 2028, 9],
    ['2005-01-01', 2004, 53],
    ['1969-12-29', 1970, 1],
  ] as const) {
    it(`puts ${date} into week ${String(week)} of ${String(year)}`, () => {
      assert.deepEqual(isoWeekOfDay(day(date)), { year, week });
    });
  }

  it('begins on Monday, and follows without a gap', () => {
    fc.assert(
      fc.property(anyDay, (n) => {
        const monday = mondayOf(n);
        assert.equal(weekdayOf(monday), 1);
        assert.ok(monday <= n && n < monday + 7);
        assert.deepEqual(isoWeekOfDay(monday), isoWeekOfDay(monday + 6));
        const next = isoWeekOfDay(monday + 7);
        const { year, week } = isoWeekOfDay(n);
        assert.ok(
          next.year === year ? next.week === week + 1 : next.week === 1 && next.year === year + 1 && week >= 52,
        );
      }),
    );
  });
});

/** Without `'UTC'` date-fns would count in the zone of the process. */
const dateOf = (n: Day): TZDate => new TZDate(n * millisecondsInDay, 'UTC');
const dayIn = (date: TZDate): Day => date.getTime() / millisecondsInDay;

describe('days, held against date-fns', () => {
  /** Around the turns of years, where ISO weeks and leap days are. */
  const nearNewYear = fc
    .tuple(fc.integer({ min: 100, max: 9_900 }), fc.integer({ min: -10, max: 70 }))
    .map(([year, days]) => dayOfDate(year, 1, 1) + days);
  const someDay = fc.oneof(anyDay, nearNewYear);

  it('are in the same ISO week, and on the same day of it', () => {
    fc.assert(
      fc.property(someDay, (n) => {
        const date = dateOf(n);
        assert.deepEqual(isoWeekOfDay(n), { year: getISOWeekYear(date), week: getISOWeek(date) });
        assert.equal(weekdayOf(n), getISODay(date));
        assert.equal(mondayOf(n), dayIn(startOfISOWeek(date)));
      }),
      { numRuns: runs(300, 30_000) },
    );
  });

  it('are in the same month, which begins on the same day and has as many', () => {
    fc.assert(
      fc.property(someDay, (n) => {
        const date = dateOf(n);
        const period = periodOfDay(n);
        assert.equal(period, date.getFullYear() * monthsInYear + date.getMonth());
        assert.equal(daysInPeriod(period), getDaysInMonth(date));
        assert.equal(firstDayOf(period), dayIn(startOfMonth(date)));
        assert.equal(dayOfDate(date.getFullYear(), date.getMonth() + 1, date.getDate()), n);
      }),
      { numRuns: runs(300, 30_000) },
    );
  });

  it('are as many days and months apart', () => {
    fc.assert(
      fc.property(someDay, someDay, fc.integer({ min: -600, max: 600 }), (n, other, months) => {
        assert.equal(n - other, differenceInCalendarDays(dateOf(n), dateOf(other)));
        assert.equal(periodOfDay(n) - periodOfDay(other), differenceInCalendarMonths(dateOf(n), dateOf(other)));
        const period = periodOfDay(n);
        assert.equal(firstDayOf(period + months), dayIn(addMonths(dateOf(firstDayOf(period)), months)));
      }),
      { numRuns: runs(300, 30_000) },
    );
  });
});
