import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import fc from 'fast-check';
import { calendarOf } from '#kernel/calendar.js';
import { formatDay } from '#kernel/instants.js';
import { runs } from '#test/support/runs.js';
import { createPlainDays } from './plain-days.js';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Havana',
  'America/St_Johns',
  'America/Sao_Paulo',
  'Asia/Amman',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
];

describe('the plain days', () => {
  const anyDay = fc.integer({ min: Date.UTC(1976, 0) / millisecondsInDay, max: Date.UTC(2040, 0) / millisecondsInDay });

  it('are those of the kernel, on both sides of every midnight', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyDay, fc.nat(26 * millisecondsInHour), (zone, day, later) => {
        const { dayOf, startOfDay } = calendarOf(zone);
        const days = createPlainDays(zone);
        const startMs = startOfDay(day);
        for (const ms of [startMs - 1, startMs, startMs + 1, startMs + later]) {
          assert.equal(days.dayOf(ms), formatDay(dayOf(ms)), `${zone} ${new Date(ms).toISOString()}`);
        }
      }),
      { numRuns: runs(500, 50_000) },
    );
  });

  for (const [zone, instant, day, why] of [
    ['Europe/Berlin', '2026-03-29T21:59:59.999Z', '2026-03-29', 'a day of 23 hours'],
    ['Europe/Berlin', '2026-10-25T22:59:59.999Z', '2026-10-25', 'a day of 25 hours'],
    ['Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-29', 'just before a skipped day'],
    ['Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-31', 'just after it'],
    ['America/St_Johns', '2010-11-07T02:30:30.000Z', '2010-11-07', 'a minute before the clock goes back over midnight'],
    ['America/St_Johns', '2010-11-07T03:00:00.000Z', '2010-11-07', 'a day that has begun is not left again'],
    ['Asia/Amman', '2021-10-28T21:30:00.000Z', '2021-10-29', 'midnight comes twice: the first'],
    ['Asia/Kathmandu', '1985-12-31T18:29:59.999Z', '1985-12-31', 'just before another midnight that is skipped'],
    ['Asia/Kathmandu', '1985-12-31T18:30:00.000Z', '1986-01-01', 'just after it'],
    ['Pacific/Kiritimati', '1979-09-30T10:40:00.000Z', '1979-09-30', 'a day that begins within a quarter of an hour'],
    ['America/Sao_Paulo', '2018-11-04T02:59:59.999Z', '2018-11-03', 'just before a midnight that is skipped'],
  ] as const) {
    it(`${zone} ${instant}: ${why}`, () => {
      const days = createPlainDays(zone);
      assert.equal(days.dayOf(Date.parse(instant)), day);
      assert.equal(days.dayOf(Date.parse(instant)), day);
    });
  }

  // @date-fns/tz 1.5 takes the offset -00:44:30 for +00:44:30. When this fails it is mended, and ADR 25 can say so.
  it('are wrong in Africa/Monrovia until 1972-01-07, because date-fns is', () => {
    const ms = Date.parse('1971-06-01T00:00:00Z');
    assert.equal(createPlainDays('Africa/Monrovia').dayOf(ms), '1971-06-01');
    assert.equal(formatDay(calendarOf('Africa/Monrovia').dayOf(ms)), '1971-05-31');
  });

  it('of an unknown zone are none', () => {
    assert.throws(() => createPlainDays('Europe/Atlantis').dayOf(0), RangeError);
  });
});
