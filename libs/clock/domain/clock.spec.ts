import { type Case, givenFor, refusal } from '#test/support/given.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { ClockConfirmed } from './clock.events.js';
import { clockDecider, type ClockCommand } from './clock.js';

const given = givenFor(clockDecider);
const trustedMs = Date.UTC(2026, 10, 30, 12);
const wallMs = Date.UTC(2027, 10, 30, 12);
const confirm = (isInDoubt: boolean, reason = 'the time server is right'): ClockCommand => ({
  type: 'ConfirmClock',
  data: { wallMs, trustedMs, isInDoubt },
  meta: { commandId: 'c', nowMs: trustedMs, actor: 'apiKey:k', reason },
});
const confirmed: ClockConfirmed = {
  type: 'ClockConfirmed',
  data: { wallAt: '2027-11-30T12:00:00.000Z', trustedAt: '2026-11-30T12:00:00.000Z' },
};

describe('confirming a clock', () => {
  const table: readonly Case<ClockCommand, ClockConfirmed, KernelCode>[] = [
    ['is put on record', [], confirm(true), [confirmed]],
    ['is put on record again: it may be another machine', [confirmed], confirm(true), [confirmed]],
    ['changes nothing while nothing speaks against the clock', [], confirm(false), []],
    ['needs a reason', [], confirm(true, ' '), refusal('reasonMissing', /why the clock is right/)],
  ];
  for (const [what, past, when, then] of table) {
    it(what, () => {
      given(past).when(when).then(then);
    });
  }
});
