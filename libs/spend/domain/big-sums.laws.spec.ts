import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import fc from 'fast-check';
import { calendarOf } from '#kernel/calendar.js';
import { firstDayOf } from '#kernel/days.js';
import { type Micros, microsOf } from '#kernel/money.js';
import {
  columnsOf,
  correctionOf,
  expectedAnswer,
  type SpendRecord,
  spendRecords,
} from '#test/support/spend-records.js';
import { runs } from '#test/support/runs.js';
import { atOnce } from './in-slices.js';
import { dimensions } from './spend.dimensions.js';
import { answerSpend } from './spend.query.js';
import type { SpendQuestion } from './spend.question.js';
import { createTally } from './spend.tally.js';
import { SpendView } from './spend.view.js';
import { everyGroup } from './totals.js';

const calendar = calendarOf('Europe/Berlin');
const start = Date.UTC(2026, 10, 2);
const period = calendar.periodOf(start);
const huge = fc.oneof(fc.maxSafeNat(), fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, 1, 0));
/** Records of one month, some of which cost what no real one does. */
const records = fc
  .tuple(spendRecords(start, start + 20 * millisecondsInDay), fc.option(huge, { freq: 2 }))
  .map(([record, costMicros]) => (costMicros === null ? record : { ...record, costMicros }));
const lists = fc.array(records, { maxLength: 30, size: 'max' });
const month = (by: SpendQuestion['by']): SpendQuestion => ({
  ...{ by, from: firstDayOf(period), to: firstDayOf(period + 1), filters: {} },
});

const viewOf = (list: readonly SpendRecord[]): SpendView => {
  const view = new SpendView({ calendar: () => calendar, loadPart: () => assert.fail() });
  // Several events, so that sums are carried on from one to the next.
  for (let from = 0; from < list.length; from += 7) view.addMetered(columnsOf(list.slice(from, from + 7)), undefined);
  return view;
};
const ask = (view: SpendView, by: SpendQuestion['by']) => atOnce(answerSpend(view, month(by), { limit: Infinity }));
const sum = (list: readonly { readonly spentMicros: Micros }[]): bigint =>
  list.reduce((total, { spentMicros }) => total + BigInt(spentMicros), 0n);

describe('sums beyond 2^53 - 1', () => {
  it('law 1: are exact by every cut, from the pages and from the log', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const view = viewOf(list);
        const total = list.reduce((all, { costMicros }) => all + BigInt(costMicros), 0n);
        for (const dimension of dimensions) {
          const answer = ask(view, [dimension]);
          assert.equal(answer.totalMicros, microsOf(total));
          assert.equal(sum(answer.items), total);
          const expected = expectedAnswer(list, month([dimension]), calendar);
          assert.deepEqual(
            answer.items.map(({ spentMicros }) => spentMicros),
            expected.items.map(([, { spentMicros }]) => spentMicros),
          );
          const tally = createTally(month([dimension]), calendar);
          tally.addMetered(columnsOf(list), undefined);
          assert.deepEqual(atOnce(tally.answer({ limit: Infinity })), answer);
        }
        assert.equal(view.totals.spentInMonth(everyGroup, period), microsOf(total));
      }),
      { numRuns: runs(60, 5_000) },
    );
  });

  it('leave other scopes as if there were none, and are gone when what made them is taken back', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const isHuge = ({ group }: SpendRecord): boolean => group === 'eng';
        const [view, without] = [viewOf(list), viewOf(list.filter((record) => !isHuge(record)))];
        const others = (of: SpendView) => ask(of, ['group', 'user']).items.filter(({ group }) => group !== 'eng');
        assert.deepEqual(others(view), ask(without, ['group', 'user']).items);
        for (const name of ['ops', 'unassigned']) {
          const spent = (of: SpendView) => of.totals.spentInMonth(of.names.find(name) ?? -2, period);
          assert.equal(spent(view), spent(without));
        }
        view.addCorrections(list.filter(isHuge).map((record) => correctionOf(record, null)));
        assert.deepEqual(ask(view, ['group']), ask(without, ['group']));
        assert.equal(view.totals.spentInMonth(everyGroup, period), without.totals.spentInMonth(everyGroup, period));
      }),
      { numRuns: runs(60, 5_000) },
    );
  });
});
