import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInHour, millisecondsInMinute, millisecondsInSecond } from 'date-fns/constants';
import fc from 'fast-check';
import { runs } from '#test/support/runs.js';
import {
  comparedWithLog,
  confirmed,
  looked,
  type ClockSample,
  startedAt,
  toleranceMs,
  type TrustedTime,
  trustedMs,
} from './trusted-time.js';

const [second, minute, hour, day] = [millisecondsInSecond, millisecondsInMinute, millisecondsInHour, millisecondsInDay];
const year = 365 * day;
const t0 = Date.UTC(2026, 10, 30, 12);

/** A machine at some time after its start, whose clock is wrong by so much. */
const at = (elapsedMs: number, wrongMs = 0, logMs?: number): ClockSample => ({
  wallMs: t0 + elapsedMs + wrongMs,
  elapsedMs,
  logMs,
});
/** A service that looks at the clock at each of these moments. */
const after = (readings: readonly ClockSample[], start = startedAt(at(0))): TrustedTime =>
  readings.reduce(looked, start);
/** By how much trusted time is wrong. */
const wrongBy = (state: TrustedTime, reading: ClockSample): number =>
  trustedMs(state, reading) - (t0 + reading.elapsedMs);

describe('trusted time', () => {
  const table: readonly (readonly [what: string, readings: readonly ClockSample[], wrongMs: number, alarm?: string])[] =
    [
      ['is the wall clock', [at(second)], 0],
      ['follows a drift', [at(hour, 200), at(2 * hour, 400)], 400],
      ['follows a small step ahead', [at(minute, 4 * minute)], 4 * minute],
      ['follows a small step back', [at(minute, -4 * minute)], -4 * minute],
      ['follows a step of exactly five minutes', [at(minute, 5 * minute)], 5 * minute],
      ['does not follow a longer one', [at(minute, 5 * minute + 1)], 0, 'jumped'],
      ['does not follow a year ahead', [at(minute, year), at(2 * minute, year)], 0, 'jumped'],
      ['does not follow a year back', [at(minute, -year), at(2 * minute, -year)], 0, 'jumped'],
      ['is as it was when the clock is right again', [at(minute, year), at(2 * minute, 0)], 0],
      ['stays where the clock was last followed', [at(minute, 3 * minute), at(2 * minute, year)], 3 * minute, 'jumped'],
      ['does not believe a jump before an hour is over', [at(minute, year), at(61 * minute - 1, year)], 0, 'jumped'],
      ['believes it after an hour', [at(minute, year), at(61 * minute, year)], year],
      ['believes one that drifts meanwhile', [at(minute, year), at(61 * minute, year + 4 * minute)], year + 4 * minute],
      [
        'begins the hour anew when it jumps again',
        [at(minute, year), at(40 * minute, 2 * year), at(70 * minute, 2 * year)],
        0,
        'jumped',
      ],
      [
        'does not believe a clock that jumps to and fro for more than an hour',
        [at(minute, year), at(30 * minute, 0), at(50 * minute, year), at(80 * minute, year)],
        0,
        'jumped',
      ],
      [
        'does not follow many small steps to a long one within an hour',
        [at(minute, 3 * minute), at(2 * minute, 5 * minute), at(3 * minute, 7 * minute), at(4 * minute, 9 * minute)],
        5 * minute,
        'jumped',
      ],
      [
        'follows as much in the next hour',
        [at(minute, 5 * minute), at(61 * minute, 5 * minute), at(62 * minute, 10 * minute)],
        10 * minute,
      ],
      [
        'believes at once what is nearer to the last event',
        [at(minute, year), at(61 * minute, year), at(62 * minute, 0, t0 - day + 62 * minute)],
        0,
      ],
      [
        'does not believe what is nearer to the last event, but before it',
        [at(minute, year), at(61 * minute, year), at(62 * minute, -year / 2, t0 + 62 * minute)],
        year,
        'jumped',
      ],
      ['does not believe what is further from the last event', [at(minute, -2 * day, t0 + minute - day)], 0, 'jumped'],
    ];
  for (const [what, readings, wrongMs, alarm] of table) {
    it(what, () => {
      const state = after(readings);
      assert.deepEqual([wrongBy(state, readings[readings.length - 1]), state.doubt?.kind], [wrongMs, alarm]);
    });
  }

  it('says since when the clock is wrong, however often it has jumped since', () => {
    const state = after([at(minute, year), at(2 * minute, 2 * year), at(3 * minute, -year)]);
    assert.equal(state.doubt?.sinceMs, minute);
  });

  it('is what the owner confirms, at once', () => {
    const jumped = after([at(minute, year)]);
    const state = looked(confirmed(jumped, at(2 * minute, year)), at(3 * minute, year));
    assert.deepEqual([wrongBy(state, at(3 * minute, year)), state.doubt], [year, undefined]);
  });

  const starts: readonly (readonly [what: string, logMs: number, alarm: string | undefined])[] = [
    ['at the last event', t0, undefined],
    ['four minutes before it', t0 + 4 * minute, undefined],
    ['six minutes before it', t0 + 6 * minute, 'startedBeforeLog'],
    ['a year before it', t0 + year, 'startedBeforeLog'],
    ['a month after it', t0 - 31 * day, undefined],
    ['a year after it', t0 - year, 'startedLongAfterLog'],
  ];
  for (const [what, logMs, alarm] of starts) {
    it(`trusts a start ${what}, and ${alarm === undefined ? 'sees nothing in it' : 'says so for an hour'}`, () => {
      const reading = at(0, 0, logMs);
      const started = comparedWithLog(startedAt(reading), reading);
      assert.deepEqual([trustedMs(started, reading), started.doubt?.kind], [t0, alarm]);
      assert.equal(looked(started, at(hour - 1, 0, logMs + hour - 1)).doubt?.kind, alarm);
      assert.equal(looked(started, at(hour, 0, logMs + hour)).doubt, undefined);
      assert.equal(confirmed(started, reading).doubt, undefined);
    });
  }

  for (const wrongMs of [year, -56 * year]) {
    it(`believes at once a machine that started ${String(wrongMs / year)} years off and is put right`, () => {
      const lastEventMs = t0 - hour;
      const first = at(0, wrongMs, lastEventMs);
      const started = comparedWithLog(startedAt(first), first);
      assert.ok(started.doubt !== undefined);
      const later = at(minute, 0, lastEventMs + minute);
      const state = looked(started, later);
      assert.deepEqual([wrongBy(state, later), state.doubt], [0, undefined]);
    });
  }

  it('is never off by more than it has followed, whatever the clock does for less than an hour', () => {
    const steps = fc.array(
      fc.record({
        passMs: fc.integer({ min: 1, max: 2 * minute }),
        wrongMs: fc.oneof(fc.integer({ min: -10 * minute, max: 10 * minute }), fc.integer({ min: -year, max: year })),
      }),
      { minLength: 1, maxLength: 29 },
    );
    fc.assert(
      fc.property(steps, (walk) => {
        let state = startedAt(at(0));
        let elapsedMs = 0;
        for (const { passMs, wrongMs } of walk) {
          elapsedMs += passMs;
          const reading = at(elapsedMs, wrongMs);
          state = looked(state, reading);
          assert.ok(Math.abs(wrongBy(state, reading)) <= toleranceMs);
          // Somebody is told exactly while the clock is not followed.
          assert.equal(state.doubt === undefined, wrongBy(state, reading) === wrongMs);
        }
      }),
      { numRuns: runs(300, 10_000) },
    );
  });
});
