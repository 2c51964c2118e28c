import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import fc from 'fast-check';
import { calendarOf } from '#kernel/calendar.js';
import { dayOfDate } from '#kernel/days.js';
import type { Micros } from '#kernel/money.js';
import { columnsOf, correctionOf, expectedLines, type SpendRecord, spendRecords } from '#test/support/spend-records.js';
import { runs } from '#test/support/runs.js';
import { atOnce } from './in-slices.js';
import { answerSpend } from './spend.query.js';
import { spendLines } from './spend.lines.js';
import { SpendView } from './spend.view.js';

// A zone with a change of its clocks inside the range: 2026-10-25 has 25 hours there.
const calendar = calendarOf('Europe/Berlin');
const start = Date.UTC(2026, 9, 20);
const records = spendRecords(start, start + 20 * millisecondsInDay);
const batches = fc.array(fc.array(records, { maxLength: 12 }), { maxLength: 12 });
/** Reaches back over what stays in memory: 62 days and 13 months. */
const longRecords = spendRecords(start - 500 * millisecondsInDay, start + 20 * millisecondsInDay);
const longBatches = fc.array(fc.array(longRecords, { maxLength: 12 }), { maxLength: 4 });

/** Where snapshots go in these tests. */
type Shelf = Map<string, Uint8Array>;

const viewOn = (shelf: Shelf): SpendView => {
  const view = new SpendView({ calendar: () => calendar, loadPart: (key) => shelf.get(key) ?? assert.fail(key) });
  view.restore([...shelf.keys()]);
  return view;
};

const newView = (): SpendView => viewOn(new Map());

const fold = (view: SpendView, list: readonly (readonly SpendRecord[])[]): SpendView => {
  for (const batch of list) view.addMetered(columnsOf(batch), undefined);
  return view;
};

const saveTo = (shelf: Shelf, view: SpendView): void => {
  const snapshot = view.freeze();
  for (const [key, bytes] of snapshot.parts) shelf.set(key, bytes);
  snapshot.commit();
};

const linesOf = (view: SpendView): string[] => [...spendLines(view)];

const totalIn = (view: SpendView, month: number): Micros =>
  atOnce(
    answerSpend(
      view,
      { by: ['day'], from: dayOfDate(2026, month, 1), to: dayOfDate(2026, month + 1, 1), filters: {} },
      { limit: 100 },
    ),
  ).totalMicros;

describe('the spend view', () => {
  it('law 1: every kept pair, by day and by month, is the sum of its records to the micro', () => {
    fc.assert(
      fc.property(batches, (list) => {
        assert.deepEqual(linesOf(fold(newView(), list)), expectedLines(list.flat(), calendar));
      }),
      { numRuns: runs(50, 1_000) },
    );
  });

  it('law 2: rows that do not count leave no trace', () => {
    const rows = fc.array(fc.tuple(records, fc.boolean()), { maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(rows, (list) => {
        const view = newView();
        const uncounted = list.flatMap(([, counts], row) => (counts ? [] : [row]));
        view.addMetered(columnsOf(list.map(([record]) => record)), uncounted);
        const counted = list.filter(([, counts]) => counts).map(([record]) => record);
        assert.deepEqual(linesOf(view), expectedLines(counted, calendar));
        const namesOfUncounted = newView();
        namesOfUncounted.addMetered(columnsOf(list.map(([record]) => record)), [...list.keys()]);
        assert.equal(namesOfUncounted.names.size, 1);
      }),
    );
  });

  it('law 8: any order of records and any cut into events gives the same', () => {
    fc.assert(
      fc.property(fc.array(longRecords, { maxLength: 60, size: 'max' }), fc.nat({ max: 10 }), (list, seed) => {
        const shuffled = [...list].sort(
          (a, b) => ((a.occurredAtMs * (seed + 7)) % 101) - ((b.occurredAtMs * (seed + 7)) % 101),
        );
        const oneByOne = shuffled.map((record) => [record]);
        assert.deepEqual(linesOf(fold(newView(), [list])), linesOf(fold(newView(), oneByOne)));
      }),
    );
  });

  it('law 7: live, from a snapshot plus tail, and from snapshots at every step are equal', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(longRecords, { maxLength: 12 }), { maxLength: 8 }),
        fc.nat({ max: 8 }),
        (list, cut) => {
          const live = linesOf(fold(newView(), list));
          const shelf: Shelf = new Map();
          saveTo(shelf, fold(viewOn(shelf), list.slice(0, cut)));
          assert.deepEqual(linesOf(fold(viewOn(shelf), list.slice(cut))), live);

          const steps: Shelf = new Map();
          const stepping = newViewThatSaves(steps, list);
          assert.deepEqual(linesOf(stepping), live);
          assert.deepEqual(linesOf(viewOn(steps)), live);
          assert.deepEqual(live, expectedLines(list.flat(), calendar));
        },
      ),
      { numRuns: runs(30, 1_000) },
    );
  });

  it('a snapshot is exactly the moment it began at, whatever is folded while it is written', () => {
    const whilePart = fc.array(fc.array(longRecords, { maxLength: 4 }), { maxLength: 20, size: 'max' });
    fc.assert(
      fc.property(longBatches, longBatches, whilePart, (saved, before, during) => {
        const shelf: Shelf = new Map();
        saveTo(shelf, fold(viewOn(shelf), saved));
        const view = fold(viewOn(shelf), before);
        const atBegin = linesOf(view);
        const parts: Shelf = new Map(shelf);
        const snapshot = view.freeze();
        const waiting = [...during];
        for (const [key, bytes] of snapshot.parts) {
          parts.set(key, bytes);
          fold(view, waiting.splice(0, 1));
        }
        fold(view, waiting);
        assert.deepEqual(linesOf(viewOn(parts)), atBegin);
        for (const [key, bytes] of parts) shelf.set(key, bytes);
        snapshot.commit();
        const now = expectedLines([...saved, ...before, ...during].flat(), calendar);
        assert.deepEqual(linesOf(view), now);
        saveTo(shelf, view);
        assert.deepEqual(linesOf(viewOn(shelf)), now);
      }),
      { numRuns: runs(30, 1_000) },
    );
  });

  it('is read as of one moment, whatever is folded while it is read', () => {
    const whileRead = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.array(longRecords, { maxLength: 4 })), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(longBatches, whileRead, fc.boolean(), (before, during, isOnShelf) => {
        const shelf: Shelf = new Map();
        const first = fold(viewOn(shelf), before);
        if (isOnShelf) saveTo(shelf, first);
        const view = isOnShelf ? viewOn(shelf) : first;
        const reading = spendLines(view);
        const lines: string[] = [];
        const readOn = (count: number): void => {
          for (let left = count; left > 0; left--) {
            const step = reading.next();
            if (step.done === true) return;
            lines.push(step.value);
          }
        };
        readOn(1);
        for (const [count, batch] of during) {
          readOn(count);
          fold(view, [batch]);
        }
        readOn(Infinity);
        assert.deepEqual(lines, expectedLines(before.flat(), calendar));
      }),
      { numRuns: runs(50, 2_000) },
    );
  });

  it('a snapshot that failed is made good by the next one, also after it was written in part', () => {
    fc.assert(
      fc.property(batches, batches, fc.nat({ max: 30 }), (before, after, written) => {
        const view = fold(newView(), before);
        const failing = view.freeze();
        let left = written;
        for (const part of failing.parts) if (part[1].length === 0 || left-- <= 0) break;
        failing.abort();
        const shelf: Shelf = new Map();
        saveTo(shelf, fold(view, after));
        assert.deepEqual(linesOf(viewOn(shelf)), expectedLines([...before, ...after].flat(), calendar));
      }),
      { numRuns: runs(40, 1_000) },
    );
  });

  it('makes one snapshot at a time, and an unchanged view has nothing to save', () => {
    const view = fold(newView(), [fc.sample(records, { numRuns: 5, seed: 1 })]);
    const snapshot = view.freeze();
    assert.throws(() => view.freeze(), /already/);
    snapshot.commit();
    assert.deepEqual([...view.freeze().parts], []);
  });

  it('keeps old pages only until they are saved, and reads and corrects them from the snapshot', () => {
    const shelf: Shelf = new Map();
    const [old, recent] = [sampleAt(Date.UTC(2024, 0, 10)), sampleAt(Date.UTC(2026, 9, 20))];
    const view = fold(viewOn(shelf), [[old], [recent]]);
    assert.equal(view.usage().pages, 28);
    saveTo(shelf, view);
    assert.equal(view.usage().pages, 14);
    view.addCorrections([correctionOf(old, { ...old, group: 'ops', costMicros: 7 })]);
    assert.equal(view.usage().dirtyPages, 14);
    const corrected = expectedLines([{ ...old, group: 'ops', costMicros: 7 }, recent], calendar);
    assert.deepEqual(linesOf(view), corrected);
    saveTo(shelf, view);
    assert.deepEqual(linesOf(viewOn(shelf)), corrected);
  });

  it('a damaged or lost part of a snapshot is noticed, never folded on', () => {
    const shelf: Shelf = new Map();
    saveTo(shelf, fold(newView(), [fc.sample(records, { numRuns: 5, seed: 2 })]));
    for (const key of shelf.keys()) {
      const damaged = new Map(shelf).set(key, new Uint8Array(5));
      assert.throws(() => viewOn(damaged));
    }
  });

  it('F4, F5: late records and corrections move only what they name, and nothing else ever changes a month', () => {
    const october = sampleAt(Date.UTC(2026, 9, 31, 22, 59, 59, 999));
    const november = sampleAt(Date.UTC(2026, 9, 31, 23, 0, 0, 0));
    const view = fold(newView(), [[october], [november]]);
    assert.equal(totalIn(view, 10), october.costMicros);
    assert.equal(totalIn(view, 11), november.costMicros);

    const late = { ...october, costMicros: 5 };
    fold(view, [[late]]);
    assert.equal(totalIn(view, 10), october.costMicros + 5);
    view.addCorrections([correctionOf(late, null)]);
    assert.equal(totalIn(view, 10), october.costMicros);
    assert.equal(totalIn(view, 11), november.costMicros);
  });

  it('F6: two rebuilds are equal, and a snapshot that is folded upon again counts nothing twice', () => {
    const list = [fc.sample(records, { numRuns: 20, seed: 3 }), fc.sample(records, { numRuns: 20, seed: 4 })];
    assert.deepEqual(linesOf(fold(newView(), list)), linesOf(fold(newView(), list)));
    const shelf: Shelf = new Map();
    saveTo(shelf, fold(viewOn(shelf), list.slice(0, 1)));
    // A crash after the second fold, before it was saved.
    fold(viewOn(shelf), list.slice(1));
    assert.deepEqual(linesOf(fold(viewOn(shelf), list.slice(1))), expectedLines(list.flat(), calendar));
  });

  it('corrections in any order leave what the corrected records would have made', () => {
    const changes = fc.record({ group: fc.constantFrom('eng', 'ops'), costMicros: fc.nat(), isUnpriced: fc.boolean() });
    const corrected = fc.array(fc.tuple(records, fc.option(changes)), { maxLength: 30, size: 'max' });
    fc.assert(
      fc.property(corrected, fc.boolean(), (list, backwards) => {
        const view = fold(newView(), [list.map(([record]) => record)]);
        const rows = list.map(([record, change]) =>
          correctionOf(record, change === null ? null : { ...record, ...change }),
        );
        view.addCorrections(backwards ? rows.reverse() : rows);
        const remaining = list.flatMap(([record, change]) => (change === null ? [] : [{ ...record, ...change }]));
        assert.deepEqual(linesOf(view), expectedLines(remaining, calendar));
      }),
    );
  });
});

/** Folds the batches and saves after each, from a new process each time. */
const newViewThatSaves = (shelf: Shelf, list: readonly (readonly SpendRecord[])[]): SpendView => {
  for (const batch of list) saveTo(shelf, fold(viewOn(shelf), [batch]));
  return viewOn(shelf);
};

const sampleAt = (occurredAtMs: number): SpendRecord => ({
  ...fc.sample(records, { numRuns: 1, seed: 11 })[0],
  costMicros: 1_000_001,
  labels: {},
  occurredAtMs,
});
