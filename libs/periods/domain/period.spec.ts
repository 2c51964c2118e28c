import assert from 'node:assert/strict';
import { FoldContext } from '#event-sourcing/fold-context.js';
import { calendarOf } from '#kernel/calendar.js';
import { formatPeriod, parsePeriod } from '#kernel/instants.js';
import { type Case, givenFor, refusal } from '#test/support/given.js';
import { stored } from '#test/support/stored.js';
import type { PeriodsCode } from './periods.codes.js';
import { type PeriodCommand, periodDecider } from './period.js';
import type { PeriodEvent } from './periods.events.js';
import { PeriodsView } from './periods.view.js';

const ended: PeriodEvent = { type: 'PeriodEnded', data: { period: '2026-10' } };
const closed: PeriodEvent = { type: 'PeriodClosed', data: { period: '2026-10' } };
const given = givenFor(periodDecider);
const endsMs = Date.UTC(2026, 10, 1);
const metaAt = (nowMs: number) => ({ commandId: 'c', nowMs, actor: 'apiKey:f', reason: '' });
const close = (nowMs: number, until = endsMs): PeriodCommand => ({
  type: 'ClosePeriod',
  data: { period: '2026-10', endsMs: until },
  meta: metaAt(nowMs),
});
const noteEnd: PeriodCommand = { type: 'NotePeriodEnd', data: { period: '2026-10' }, meta: metaAt(endsMs) };

describe('a month', () => {
  const table: readonly Case<PeriodCommand, PeriodEvent, PeriodsCode>[] = [
    ['is noted to have ended', [], noteEnd, [ended]],
    ['is noted once', [ended], noteEnd, []],
    ['is not noted when it is closed', [closed], noteEnd, []],
    ['closes at the instant it ends', [], close(endsMs), [closed]],
    ['closes later, too', [ended], close(endsMs + 1), [closed]],
  ];
  for (const [what, past, when, then] of table) {
    it(what, () => {
      given(past).when(when).then(then);
    });
  }

  it('does not close a millisecond before it ends, nor twice', () => {
    given([])
      .when(close(endsMs - 1))
      .then(refusal('periodNotEnded'));
    given([ended, closed]).when(close(endsMs)).then(refusal('periodAlreadyClosed'));
  });

  for (const zone of ['Pacific/Auckland', 'America/St_Johns', 'Europe/Berlin', 'Africa/Cairo']) {
    it(`ends at midnight in ${zone}, whatever its length and its clocks`, () => {
      const calendar = calendarOf(zone);
      for (const name of ['2024-02', '2026-02', '2026-03', '2026-04', '2026-09', '2026-10']) {
        const until = calendar.startOfPeriod((parsePeriod(name) ?? 0) + 1);
        assert.equal(formatPeriod(calendar.periodOf(until - 1)), name);
        given([])
          .when(close(until - 1, until))
          .then(refusal('periodNotEnded'));
        given([]).when(close(until, until)).then([closed]);
      }
    });
  }
});

describe('the view of months', () => {
  const october = parsePeriod('2026-10') ?? 0;
  it('knows what has ended, what is closed and what comes next, also after a snapshot', () => {
    const view = new PeriodsView();
    view.apply(stored(ended), new FoldContext());
    assert.deepEqual([view.ended(), view.isClosed(october), view.firstOpen(october)], [[october], false, october]);
    view.apply(stored(closed, { position: 2, at: '2026-11-05T00:00:00.000Z' }), new FoldContext());
    const restored = new PeriodsView();
    restored.load(view.save());
    for (const each of [view, restored]) {
      assert.deepEqual([each.ended(), each.latestClosed(), each.firstOpen(october)], [[], october, october + 1]);
      assert.deepEqual(each.closeOf(october), { position: 2, at: '2026-11-05T00:00:00.000Z' });
    }
  });
});
