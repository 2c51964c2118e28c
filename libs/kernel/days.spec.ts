import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import fc from 'fast-check';
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
