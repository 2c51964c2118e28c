import assert from 'node:assert/strict';
import { calendarOf } from '#kernel/calendar.js';
import { dayOfDate } from '#kernel/days.js';
import { columnsOf, correctionOf, type SpendRecord } from '#test/support/spend-records.js';
import { atOnce } from './in-slices.js';
import { maxLabelValues } from './label-values.js';
import { spendLines } from './spend.lines.js';
import { answerSpend } from './spend.query.js';
import type { SpendQuestion } from './spend.question.js';
import { createTally } from './spend.tally.js';
import { SpendView } from './spend.view.js';

const calendar = calendarOf('UTC');
const november = Date.UTC(2026, 10, 3);
const december = Date.UTC(2026, 11, 3);

const record = (project: string, occurredAtMs = november, costMicros = 1): SpendRecord => ({
  ...{ group: 'eng', user: 'ana', skill: '', plugin: '', connector: '', model: '', trigger: '', schedule: '' },
  ...{ labels: project === '' ? {} : { project }, occurredAtMs, costMicros, isUnpriced: false },
});
/** As many values as are named, and two more. */
const values = Array.from({ length: maxLabelValues + 2 }, (_, n) => `p${String(n)}`);
const all = values.map((value) => record(value));

const viewOn = (shelf: ReadonlyMap<string, Uint8Array>): SpendView => {
  const view = new SpendView({ calendar: () => calendar, loadPart: (key) => shelf.get(key) ?? assert.fail(key) });
  view.restore([...shelf.keys()]);
  return view;
};

const question = (period: number, label: string): SpendQuestion => ({
  by: ['label.project'],
  from: dayOfDate(2026, period, 1),
  to: dayOfDate(2026, period + 1, 1),
  filters: { 'label.project': label },
});
const spent = (view: SpendView, label: string, period = 11) =>
  atOnce(answerSpend(view, question(period, label), { limit: 1 })).totalMicros;

describe('the values of a label', () => {
  it('are named up to a bound in each month, in the order of the log, and the others count as one', () => {
    const view = viewOn(new Map());
    view.addMetered(columnsOf(all), undefined);
    view.addMetered(columnsOf([record('p10001', december), record('p7'), record('p10000'), record('')]), undefined);
    assert.deepEqual(
      ['p0', 'p7', 'p9999', 'p10000', 'p10001', '(other)', ''].map((value) => spent(view, value)),
      [1, 2, 1, 0, 0, 3, 1],
    );
    assert.equal(spent(view, 'p10001', 12), 1);
    // '', eng, ana, as many values as are named, (other), and p10001, which is named in December.
    assert.equal(view.names.size, 3 + maxLabelValues + 2);
  });

  it('count under the same name after a snapshot, when they are corrected and when they come again', () => {
    const lived = viewOn(new Map());
    lived.addMetered(columnsOf(all), undefined);
    const shelf = new Map<string, Uint8Array>();
    for (const [key, bytes] of lived.freeze().parts) shelf.set(key, bytes);
    const restored = viewOn(shelf);
    for (const view of [lived, restored]) {
      // The void of one that was named makes no room for another.
      view.addCorrections([correctionOf(record('p3'), null), correctionOf(record('p10001'), null)]);
      view.addMetered(columnsOf([record('p10001'), record('p3'), record('(other)')]), undefined);
      assert.deepEqual(
        ['p3', 'p10001', '(other)'].map((value) => spent(view, value)),
        [1, 0, 3],
      );
    }
    assert.deepEqual([...spendLines(restored)], [...spendLines(lived)]);
  });

  it('have the same names in a fold of the whole log', () => {
    const answered = (label: string) => {
      const tally = createTally({ ...question(11, label), by: ['skill', 'label.project'] }, calendar);
      tally.addMetered(columnsOf(all), undefined);
      tally.addMetered(columnsOf([record('p10001')]), undefined);
      return atOnce(tally.answer({ limit: 1 })).totalMicros;
    };
    assert.deepEqual(['p3', 'p10001', '(other)'].map(answered), [1, 0, 3]);
  });
});
