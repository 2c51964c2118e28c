import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import fc from 'fast-check';
import { calendarOf } from '#kernel/calendar.js';
import { periodOfDay } from '#kernel/days.js';
import { columnsOf, correctionOf, type SpendRecord, spendRecords } from '#test/support/spend-records.js';
import { runs } from '#test/support/runs.js';
import { SpendView } from './spend.view.js';
import { everyGroup } from './totals.js';

const calendar = calendarOf('Europe/Berlin');
const start = Date.UTC(2026, 9, 20);
const records = spendRecords(start - 80 * millisecondsInDay, start + 20 * millisecondsInDay);
const batches = fc.array(fc.array(records, { maxLength: 12 }), { maxLength: 8 });
const lastDay = calendar.dayOf(start + 20 * millisecondsInDay);
const days = Array.from({ length: 110 }, (_, back) => lastDay - back);
const months = [...new Set(days.map(periodOfDay))];

const newView = (shelf = new Map<string, Uint8Array>()): SpendView => {
  const view = new SpendView({ calendar: () => calendar, loadPart: (key) => shelf.get(key) ?? assert.fail(key) });
  view.restore([...shelf.keys()]);
  return view;
};

const sum = (list: readonly SpendRecord[]): number => list.reduce((total, { costMicros }) => total + costMicros, 0);

/** What the totals say about groups by name, and about all of them. */
const toldBy = ({ totals, names }: SpendView, groups: readonly string[]) =>
  [...groups, undefined].map((name) => {
    const group = name === undefined ? everyGroup : (names.find(name) ?? -1);
    return {
      months: months.map((month) => totals.spentInMonth(group, month)),
      days: days.map((day) => totals.spentOnDay(group, day)),
      firstDay: totals.firstDayOf(group),
    };
  });

const expected = (list: readonly SpendRecord[], groups: readonly string[]) => {
  const dayOf = ({ occurredAtMs }: SpendRecord) => calendar.dayOf(occurredAtMs);
  const latest = Math.max(...list.map(dayOf));
  return [...groups, undefined].map((name) => {
    const own = list.filter(({ group }) => name === undefined || group === name);
    return {
      months: months.map((month) => sum(own.filter((record) => periodOfDay(dayOf(record)) === month))),
      days: days.map((day) => (day > latest - 62 ? sum(own.filter((record) => dayOf(record) === day)) : 0)),
      firstDay: own.length === 0 ? undefined : Math.min(...own.map(dayOf)),
    };
  });
};

describe('totals', () => {
  it('are the sums of their records per month and per recent day, also after a snapshot', () => {
    fc.assert(
      fc.property(batches, (list) => {
        const view = newView();
        for (const batch of list) view.addMetered(columnsOf(batch), undefined);
        const all = list.flat();
        const groups = [...new Set(all.map(({ group }) => group))];
        assert.deepEqual(toldBy(view, groups), expected(all, groups));
        const shelf = new Map<string, Uint8Array>();
        const snapshot = view.freeze();
        // As they come from a disk: in the middle of a larger buffer.
        for (const [key, bytes] of snapshot.parts) {
          shelf.set(key, Buffer.concat([bytes, Buffer.alloc(4)]).subarray(0, -4));
        }
        snapshot.commit();
        assert.deepEqual(toldBy(newView(shelf), groups), toldBy(view, groups));
      }),
      { numRuns: runs(100, 10_000) },
    );
  });

  it('follow corrections: what is void counts nowhere, but stays the first day', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 12 }), (list) => {
        const view = newView();
        view.addMetered(columnsOf(list), undefined);
        view.addCorrections(list.map((record) => correctionOf(record, null)));
        const groups = [...new Set(list.map(({ group }) => group))];
        const nothing = toldBy(view, groups).flatMap((told) => [...told.months, ...told.days]);
        assert.ok(nothing.every((micros) => micros === 0));
        assert.deepEqual(
          toldBy(view, groups).map(({ firstDay }) => firstDay),
          expected(list, groups).map(({ firstDay }) => firstDay),
        );
      }),
      { numRuns: runs(100, 10_000) },
    );
  });

  it('come back from a snapshot although a group has spent more than an amount can be', () => {
    const record: SpendRecord = {
      ...{ group: 'eng', user: 'ana', skill: '', plugin: '', connector: '', model: '', trigger: '', schedule: '' },
      ...{ labels: {}, occurredAtMs: start, costMicros: Number.MAX_SAFE_INTEGER, isUnpriced: false },
    };
    const view = newView();
    view.addMetered(columnsOf([record, record, record]), undefined);
    const shelf = new Map<string, Uint8Array>();
    for (const [key, bytes] of view.freeze().parts) shelf.set(key, bytes);
    const restored = newView(shelf);
    const group = restored.names.find('eng') ?? -1;
    const month = periodOfDay(calendar.dayOf(start));
    assert.equal(restored.totals.spentInMonth(group, month), 3n * (2n ** 53n - 1n));
    restored.addCorrections([record, record].map((each) => correctionOf(each, null)));
    assert.equal(restored.totals.spentInMonth(group, month), Number.MAX_SAFE_INTEGER);
  });

  it('know nothing of a group that nobody has met', () => {
    const { totals } = newView();
    assert.deepEqual([totals.spentInMonth(7, 24_000), totals.spentOnDay(7, 20_000)], [0, 0]);
    assert.deepEqual([totals.firstDayOf(7), totals.firstDayOf(everyGroup)], [undefined, undefined]);
  });
});
