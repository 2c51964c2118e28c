import assert from 'node:assert/strict';
import { TZDate } from '@date-fns/tz';
import { addDays } from 'date-fns/addDays';
import { differenceInCalendarDays } from 'date-fns/differenceInCalendarDays';
import { getHours } from 'date-fns/getHours';
import { lightFormat } from 'date-fns/lightFormat';
import fc from 'fast-check';
import { formatInstant, parseInstant } from '#kernel/instants.js';
import { runs } from '#test/support/runs.js';
import { WrongUse } from './import-errors.js';
import { readTimeShift } from './time-shift.js';
import { wallClockOf } from './wall-clock.js';

const shifted = (to: string, zone: string, ...instants: readonly string[]): readonly string[] => {
  const shift = readTimeShift(to, wallClockOf(zone), true);
  return instants.map((instant) => formatInstant(shift.shifted(Number(parseInstant(instant)))));
};

describe('--shift-to', () => {
  it('an instant: the first row happens then and the others keep their distance, also those before it', () => {
    assert.deepEqual(
      shifted(
        '2026-11-20T09:00:00+01:00',
        'UTC',
        '2023-11-16T18:17:03.979Z',
        '2023-11-16T18:17:04.031Z',
        '2023-11-16T18:17:00Z',
      ),
      ['2026-11-20T08:00:00.000Z', '2026-11-20T08:00:00.052Z', '2026-11-20T07:59:56.021Z'],
    );
  });

  it('a day: the first row falls on it in the zone and times of day stay, over a change of the clock', () => {
    // 09:00 and, a day later, 09:00 in Berlin: in winter at first, then around the night in which summer time begins.
    assert.deepEqual(shifted('2026-03-28', 'Europe/Berlin', '2023-11-16T08:00:00Z', '2023-11-17T08:00:00Z'), [
      '2026-03-28T08:00:00.000Z',
      '2026-03-29T07:00:00.000Z',
    ]);
  });

  it('a day: every row moves by as many days of the zone, as date-fns counts them', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu');
    const instants = fc.integer({ min: Date.UTC(1995, 0), max: Date.UTC(2035, 0) });
    const property = fc.property(zones, instants, instants, instants, (zone, first, row, target) => {
      const [firstAt, rowAt, targetAt] = [first, row, target].map((ms) => new TZDate(ms, zone));
      // At night the clock changes: what it shows then is gone, or comes twice.
      fc.pre(getHours(rowAt) >= 4);
      const shift = readTimeShift(lightFormat(targetAt, 'yyyy-MM-dd'), wallClockOf(zone), true);
      shift.shifted(first);
      const expected = addDays(rowAt, differenceInCalendarDays(targetAt, firstAt));
      assert.equal(formatInstant(shift.shifted(row)), formatInstant(expected.getTime()));
    });
    fc.assert(property, { numRuns: runs(300, 30_000) });
  });

  it('a day is a day of the zone, not of UTC', () => {
    assert.deepEqual(shifted('2026-11-20', 'Pacific/Auckland', '2023-11-16T18:00:00Z'), ['2026-11-19T18:00:00.000Z']);
  });

  it('refuses what is neither, and an instant without zone', () => {
    const wall = wallClockOf('UTC');
    assert.throws(() => readTimeShift('2026-02-30', wall, true), WrongUse);
    assert.throws(() => readTimeShift('2026-11-20 09:00', wall, false), /has no zone/);
    assert.equal(readTimeShift('2026-11-20 09:00', wall, true).shifted(0), Date.UTC(2026, 10, 20, 9));
  });
});
