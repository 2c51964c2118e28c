import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import fc from 'fast-check';
import { calendarOf } from '#kernel/calendar.js';
import { dayOfDate } from '#kernel/days.js';
import { addMicros, type Micros } from '#kernel/money.js';
import {
  columnsOf,
  correctionOf,
  expectedAnswer,
  labelViews,
  type SpendRecord,
  spendRecords,
} from '#test/support/spend-records.js';
import { atOnce } from './in-slices.js';
import type { SpendAnswer, SpendItem } from './spend.answer.js';
import { readCursor } from './spend.cursor.js';
import { dimensions, nameDimensions } from './spend.dimensions.js';
import { answerSpend } from './spend.query.js';
import { keptBy, type SpendQuestion } from './spend.question.js';
import { createTally } from './spend.tally.js';
import { SpendView } from './spend.view.js';

const calendar = calendarOf('America/New_York');
const start = Date.UTC(2026, 8, 1);
const firstDay = dayOfDate(2026, 9, 1);
const lengthDays = 100;
const records = spendRecords(start, start + lengthDays * millisecondsInDay);

const sampleOn = (day: number): SpendRecord => ({
  ...fc.sample(records, { numRuns: 1, seed: 5 })[0],
  occurredAtMs: calendar.startOfDay(day),
});

const filterOf = fc.constantFrom(
  '',
  'eng',
  'ops',
  'ana',
  'triage',
  'mail',
  'nightly',
  'scheduled',
  'atlas',
  'never-seen',
);
const questions: fc.Arbitrary<SpendQuestion> = fc
  .record(
    {
      by: fc.uniqueArray(fc.constantFrom(...dimensions, ...labelViews), { maxLength: 2 }),
      from: fc.nat({ max: lengthDays }),
      length: fc.nat({ max: lengthDays }),
      filters: fc.dictionary(fc.constantFrom(...nameDimensions, ...labelViews), filterOf, { maxKeys: 2 }),
      groups: fc.subarray(['eng', 'ops', 'never-seen']),
    },
    { requiredKeys: ['by', 'from', 'length', 'filters'] },
  )
  .map(({ from, length, ...question }) => ({ ...question, from: firstDay + from, to: firstDay + from + length }));

const viewOf = (list: readonly SpendRecord[]): SpendView => {
  const view = new SpendView({ calendar: () => calendar, loadPart: () => assert.fail() });
  view.addMetered(columnsOf(list), undefined);
  return view;
};

const ask = (view: SpendView, question: SpendQuestion, limit = Infinity): SpendAnswer =>
  atOnce(answerSpend(view, question, { limit }));

const tallied = (list: readonly SpendRecord[], question: SpendQuestion): SpendAnswer => {
  const tally = createTally(question, calendar);
  tally.addMetered(columnsOf(list), undefined);
  return atOnce(tally.answer({ limit: Infinity }));
};

const figuresOf = ({ spentMicros, records: count, unpricedMicros }: SpendItem) => ({
  spentMicros,
  records: count,
  unpricedMicros,
});

/** An answer in the form of the plain one. */
const plain = ({ items, totalMicros, records: count, unpricedMicros }: SpendAnswer, { by }: SpendQuestion) => ({
  items: items.map((item) => [by.map((dimension) => item[dimension] ?? '').join('\t'), figuresOf(item)] as const),
  total: { spentMicros: totalMicros, records: count, unpricedMicros },
});

describe('a question about spend', () => {
  it('is answered by the pages, where they keep it, and by the tally, always, as by plain addition', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 40, size: 'max' }), questions, (list, question) => {
        const expected = expectedAnswer(list, question, calendar);
        assert.deepEqual(plain(tallied(list, question), question), expected);
        if (keptBy(question)) assert.deepEqual(ask(viewOf(list), question), tallied(list, question));
      }),
      { numRuns: 400 },
    );
  });

  it('is answered alike after corrections, and what was taken back is not listed', () => {
    const lists = fc.array(fc.tuple(records, fc.boolean()), { maxLength: 30, size: 'max' });
    fc.assert(
      fc.property(lists, questions, (list, question) => {
        const all = list.map(([record]) => record);
        const voids = list.filter(([, stays]) => !stays).map(([record]) => correctionOf(record, null));
        const expected = expectedAnswer(
          list.filter(([, stays]) => stays).map(([record]) => record),
          question,
          calendar,
        );
        const tally = createTally(question, calendar);
        tally.addMetered(columnsOf(all), undefined);
        tally.addCorrections(voids);
        assert.deepEqual(plain(atOnce(tally.answer({ limit: Infinity })), question), expected);
        if (!keptBy(question)) return;
        const view = viewOf(all);
        view.addCorrections(voids);
        assert.deepEqual(plain(ask(view, question), question), expected);
      }),
    );
  });

  it('law 1: for any range the totals agree whatever the cut', () => {
    const range = questions.map(({ from, to }) => ({ from, to, filters: {} }));
    fc.assert(
      fc.property(fc.array(records, { maxLength: 40, size: 'max' }), range, (list, days) => {
        const view = viewOf(list);
        const totals = dimensions.map((dimension) => ask(view, { ...days, by: [dimension] }));
        for (const answer of totals) {
          assert.equal(answer.totalMicros, totals[0].totalMicros);
          assert.equal(
            answer.items.reduce<Micros>((sum, item) => addMicros(sum, item.spentMicros), 0),
            answer.totalMicros,
          );
          assert.equal(
            answer.items.reduce((sum, item) => sum + item.records, 0),
            totals[0].records,
          );
        }
      }),
    );
  });

  it('can be read page by page: the same items in the same order, the same totals on every page', () => {
    fc.assert(
      fc.property(
        fc.array(records, { maxLength: 40, size: 'max' }),
        questions.filter(keptBy),
        fc.integer({ min: 1, max: 7 }),
        (list, question, limit) => {
          const view = viewOf(list);
          const whole = ask(view, question);
          const items: SpendItem[] = [];
          let page = ask(view, question, limit);
          for (;;) {
            items.push(...page.items);
            assert.equal(page.totalMicros, whole.totalMicros);
            if (page.nextCursor === null) break;
            const after = readCursor(page.nextCursor, question.by.length);
            assert.ok(after);
            page = atOnce(answerSpend(view, question, { limit, after }));
          }
          assert.deepEqual(items, whole.items);
        },
      ),
    );
  });

  it('is answered as of its first step, in slices, while the fold goes on', () => {
    const sample = sampleOn(firstDay);
    const users = Array.from({ length: 30_000 }, (_, user) => ({
      ...sample,
      occurredAtMs: start + millisecondsInDay,
      user: `user-${String(user)}`,
      costMicros: user,
    }));
    const view = new SpendView({ calendar: () => calendar, loadPart: () => assert.fail() });
    const batches = Array.from({ length: 60 }, (_, batch) => columnsOf(users.slice(batch * 500, (batch + 1) * 500)));
    for (const batch of batches) view.addMetered(batch, undefined);
    const question: SpendQuestion = { by: ['user'], from: firstDay, to: firstDay + lengthDays, filters: {} };
    const expected = ask(view, question);
    assert.equal(expected.items.length, 30_000);

    const work = answerSpend(view, question, { limit: Infinity });
    let slices = 0;
    let step = work.next();
    for (; step.done !== true; step = work.next()) view.addMetered(batches[slices++ % batches.length], undefined);
    assert.ok(slices > 10);
    assert.deepEqual(step.value, expected);
    assert.notDeepEqual(ask(view, question).totalMicros, expected.totalMicros);
  });

  it('that is given up frees the fold from keeping pages for it', () => {
    const list = fc.sample(records, { numRuns: 20, seed: 8 });
    const view = viewOf(list);
    const reading = view.pages.reading(view.pages.all()).pages();
    reading.next();
    reading.return();
    const [address] = view.pages.all();
    assert.equal(view.pages.write(address), view.pages.read(address));
    const before = view.pages.read(address);
    assert.equal(view.pages.write(address), before);
  });

  it('lists a record that does not say as null, first, and the empty filter finds it', () => {
    const sample = sampleOn(firstDay);
    const list = [
      { ...sample, skill: 'triage', costMicros: 2 },
      { ...sample, skill: '', costMicros: 3 },
    ];
    const question: SpendQuestion = { by: ['skill'], from: firstDay, to: firstDay + lengthDays, filters: {} };
    assert.deepEqual(
      ask(viewOf(list), question).items.map(({ skill, spentMicros }) => [skill, spentMicros]),
      [
        [null, 3],
        ['triage', 2],
      ],
    );
    assert.equal(ask(viewOf(list), { ...question, filters: { skill: '' } }).totalMicros, 3);
  });

  it('is answered exactly beyond 2^53 - 1 micros', () => {
    const sample = sampleOn(firstDay);
    const huge = { ...sample, costMicros: Number.MAX_SAFE_INTEGER, group: 'eng', isUnpriced: true };
    const question: SpendQuestion = { by: ['group'], from: firstDay, to: firstDay + lengthDays, filters: {} };
    assert.equal(ask(viewOf([huge]), question).totalMicros, Number.MAX_SAFE_INTEGER);
    const one = [huge, { ...huge, costMicros: 1 }];
    const two = [huge, { ...huge, group: 'ops' }];
    for (const list of [one, two]) assert.deepEqual(ask(viewOf(list), question), tallied(list, question));
    const { items, totalMicros, unpricedMicros } = ask(viewOf(one), question);
    assert.deepEqual(items, [{ group: 'eng', spentMicros: 2n ** 53n, records: 2, unpricedMicros: 2n ** 53n }]);
    assert.deepEqual([totalMicros, unpricedMicros], [2n ** 53n, 2n ** 53n]);
    assert.equal(ask(viewOf(two), question).totalMicros, 2n ** 54n - 2n);
    assert.equal(ask(viewOf(two), question).items[1].spentMicros, Number.MAX_SAFE_INTEGER);
    const view = viewOf([huge, { ...huge, costMicros: 2 }]);
    view.addCorrections([correctionOf(huge, null)]);
    assert.equal(ask(view, question).totalMicros, 2);
  });
});
