import assert from 'node:assert/strict';
import { formatInstant, parseInstant } from '#kernel/instants.js';
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
