import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import { SystemClock } from './clock.js';

const year = 365 * millisecondsInDay;
const t0 = Date.UTC(2026, 10, 30, 12);

/** A machine that has been up for a day. */
const machineAt = (wallMs: number) => {
  const is = { wallMs, monotonicMs: 5_000, uptimeMs: millisecondsInDay };
  return {
    wallMs: () => is.wallMs,
    monotonicMs: () => is.monotonicMs,
    uptimeMs: () => is.uptimeMs,
    pass(ms: number): void {
      is.wallMs += ms;
      is.monotonicMs += ms;
      is.uptimeMs += ms;
    },
    suspend(ms: number): void {
      is.wallMs += ms;
      is.uptimeMs += ms;
    },
    jump(ms: number): void {
      is.wallMs += ms;
    },
  };
};

describe('the system clock', () => {
  it('tells the time of this machine', () => {
    const clock = new SystemClock();
    const beforeMs = Date.now();
    const nowMs = clock.now();
    assert.ok(nowMs >= beforeMs && nowMs <= Date.now());
    const { wallMs, trustedMs, alarm } = clock.read();
    assert.deepEqual([trustedMs, alarm], [wallMs, undefined]);
  });

  it('goes on by elapsed time while the wall clock is a year ahead, and says so', () => {
    const machine = machineAt(t0);
    const clock = new SystemClock(machine);
    machine.pass(1_000);
    machine.jump(year);
    assert.equal(clock.now(), t0 + 1_000);
    machine.pass(millisecondsInMinute);
    assert.equal(clock.now(), t0 + 1_000 + millisecondsInMinute);
    const { alarm, ...times } = clock.read();
    assert.deepEqual(times, {
      wallMs: t0 + year + 1_000 + millisecondsInMinute,
      trustedMs: t0 + 1_000 + millisecondsInMinute,
    });
    assert.equal(alarm?.kind, 'jumped');
    assert.equal(alarm.sinceMs, t0 + 1_000);
    assert.match(
      alarm.detail,
      /has jumped to 2027-11-30T12:01:01\.000Z; by the time that has passed it is 2026-11-30T12:01:01\.000Z, and that is what counts\..*POST \/api\/v1\/clock\/confirm/,
    );
    machine.jump(-year);
    assert.equal(clock.now(), t0 + 1_000 + millisecondsInMinute);
    assert.equal(clock.read().alarm, undefined);
  });

  it('believes a jump that has lasted an hour, and one that is confirmed', () => {
    const machine = machineAt(t0);
    const clock = new SystemClock(machine);
    machine.jump(year);
    assert.equal(clock.now(), t0);
    machine.pass(millisecondsInHour);
    assert.equal(clock.now(), t0 + year + millisecondsInHour);
    machine.jump(-year);
    assert.equal(clock.now(), t0 + year + millisecondsInHour);
    clock.confirm();
    assert.equal(clock.now(), t0 + millisecondsInHour);
  });

  it('counts suspend: a night asleep is no jump', () => {
    const machine = machineAt(t0);
    const clock = new SystemClock(machine);
    for (const hours of [8, 1, 14]) {
      machine.suspend(hours * millisecondsInHour);
      machine.pass(10);
    }
    assert.equal(clock.now(), t0 + 23 * millisecondsInHour + 30);
    assert.equal(clock.read().alarm, undefined);
    machine.jump(year);
    machine.suspend(millisecondsInHour);
    assert.equal(clock.now(), t0 + 24 * millisecondsInHour + 30);
    assert.equal(clock.read().alarm?.kind, 'jumped');
  });

  it('says at a start that the last event of the log is later, and believes the time server at once', () => {
    const machine = machineAt(0);
    const clock = new SystemClock(machine);
    clock.sawEvent(t0);
    assert.match(
      clock.read().alarm?.detail ?? '',
      /says 1970-01-01T00:00:00\.000Z, which is before the last event of the log: it must be 2026-11-30T12:00:00\.000Z or later/,
    );
    assert.equal(clock.now(), 0);
    machine.pass(500);
    machine.jump(t0 + millisecondsInDay);
    assert.equal(clock.now(), t0 + millisecondsInDay + 500);
    assert.equal(clock.read().alarm, undefined);
  });

  it('says at a start that it is long after the last event', () => {
    const clock = new SystemClock(machineAt(t0));
    clock.sawEvent(t0 - year);
    assert.match(clock.read().alarm?.detail ?? '', /more than 31 days before \(2025-11-30T12:00:00\.000Z/);
    assert.equal(clock.now(), t0);
  });

  it('takes the time from events that other clocks have timed: only the latest counts, and time passes since', () => {
    const machine = machineAt(t0 + year);
    const clock = new SystemClock(machine);
    // The first said what time it was a day ago, the others come from the past.
    for (const seenMs of [t0 - millisecondsInDay, t0 - 3 * year, t0 - year]) clock.sawEvent(seenMs);
    machine.pass(2 * millisecondsInDay);
    clock.sawEvent(t0);
    // By the first it is a day later now: what is before that is not believed.
    machine.jump(-2 * year);
    assert.equal(clock.now(), t0 + year + 2 * millisecondsInDay);
    machine.jump(year);
    assert.equal(clock.now(), t0 + 2 * millisecondsInDay);
  });

  for (const [how, believe] of [
    ['an owner has confirmed', (clock: SystemClock) => clock.confirm()],
    ['has lasted an hour', () => undefined],
  ] as const) {
    it(`tells of a clock that goes back after a jump that ${how}`, () => {
      const machine = machineAt(t0);
      const clock = new SystemClock(machine);
      clock.sawEvent(t0);
      machine.jump(40 * millisecondsInDay);
      clock.read();
      believe(clock);
      machine.pass(millisecondsInHour);
      assert.deepEqual(
        [clock.read().alarm, clock.now() - t0],
        [undefined, 40 * millisecondsInDay + millisecondsInHour],
      );
      machine.jump(-40 * millisecondsInDay);
      assert.equal(clock.read().alarm?.kind, 'jumped');
      assert.equal(clock.now() - t0, 40 * millisecondsInDay + millisecondsInHour);
    });
  }
});
