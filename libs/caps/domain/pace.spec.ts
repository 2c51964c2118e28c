import assert from 'node:assert/strict';
import fc from 'fast-check';
import { firstDayOf, weekdayOf } from '#kernel/days.js';
import { parseDay } from '#kernel/instants.js';
import { paceOf } from './pace.js';

const day = (name: string): number => parseDay(name) ?? 0;
/** 100 on weekdays, nothing on weekends. */
const weekdays = { spentOn: (at: number) => (weekdayOf(at) <= 5 ? 100 : 0), firstDay: day('2026-01-01') };

describe('the pace of a month', () => {
  it('knows weekdays: a month of 21 of them ends at 21 times a weekday, whatever the day it is asked on', () => {
    // November 2026 has 21 weekdays and begins on a Sunday.
    for (const [today, spent] of [
      ['2026-11-05', 400],
      ['2026-11-08', 500],
      ['2026-11-20', 1_500],
      ['2026-11-30', 2_100],
    ] as const) {
      assert.equal(paceOf(day(today), spent, null, weekdays)?.monthEndMicros, 2_100, today);
    }
  });

  it('does not count today twice', () => {
    const half = { ...weekdays, spentOn: (at: number) => (at === day('2026-11-20') ? 40 : weekdays.spentOn(at)) };
    assert.equal(paceOf(day('2026-11-20'), 1_440, null, half)?.monthEndMicros, 2_100);
  });

  it('names the day on which the cap is passed, and none when it is just met', () => {
    const passes = (cap: number) => paceOf(day('2026-11-20'), 1_500, cap, weekdays)?.passesCapOn;
    assert.equal(passes(1_700), day('2026-11-25'));
    assert.equal(passes(1_499), day('2026-11-20'));
    assert.equal(passes(2_100), null);
  });

  it('says nothing with less than 7 days of history', () => {
    const young = { ...weekdays, firstDay: day('2026-11-14') };
    assert.equal(paceOf(day('2026-11-20'), 100, null, young), undefined);
    assert.notEqual(paceOf(day('2026-11-21'), 100, null, young), undefined);
    assert.equal(paceOf(day('2026-11-21'), 0, null, { ...weekdays, firstDay: undefined }), undefined);
  });

  it('is exact beyond 2^53 - 1, and such a month has passed every cap', () => {
    const today = day('2026-11-30');
    const most = Number.MAX_SAFE_INTEGER;
    const daily = { spentOn: (at: number) => (at === today ? 0 : most), firstDay: day('2026-01-01') };
    assert.deepEqual(paceOf(today, most, most, daily), { monthEndMicros: 2n * BigInt(most), passesCapOn: today });
    const spent = 2n ** 60n + 1n;
    const begun = { ...weekdays, spentOn: (at: number) => (at === today ? 0 : weekdays.spentOn(at)) };
    assert.deepEqual(paceOf(today, spent, most, begun), { monthEndMicros: spent + 100n, passesCapOn: today });
    const twice = { ...daily, spentOn: (at: number) => (at === today ? 0 : at % 2 === 0 ? 2n ** 54n : 2n ** 55n + 2n) };
    assert.equal(paceOf(today, 0, null, twice)?.monthEndMicros, (2n ** 54n + 2n ** 55n + 2n) / 2n);
  });

  it('never ends below what is spent', () => {
    fc.assert(
      fc.property(
        fc.nat(27),
        fc.nat(1_000_000),
        fc.array(fc.nat(10_000), { minLength: 60, maxLength: 60 }),
        (at, spent, past) => {
          const today = firstDayOf(2026 * 12 + 10) + at;
          const daily = { spentOn: (wanted: number) => past[today - wanted] ?? 0, firstDay: today - 40 };
          assert.ok((paceOf(today, spent, null, daily)?.monthEndMicros ?? -1) >= spent);
        },
      ),
    );
  });
});
