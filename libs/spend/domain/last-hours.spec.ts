import assert from 'node:assert/strict';
import { millisecondsInHour } from 'date-fns/constants';
import fc from 'fast-check';
import { calendarOf } from '#kernel/calendar.js';
import { hourOf } from '#kernel/hours.js';
import { columnsOf, correctionOf, type SpendRecord, spendRecords } from '#test/support/spend-records.js';
import { runs } from '#test/support/runs.js';
import { decodeHour, encodeHour } from './last-hours.codec.js';
import { lastHourLines } from './last-hours.lines.js';
import { SpendView } from './spend.view.js';

const calendar = calendarOf('Asia/Kolkata');
const start = Date.UTC(2026, 9, 20);
/** Three days: most of what comes is too long ago for some of what comes after it. */
const records = spendRecords(start, start + 72 * millisecondsInHour);
const batches = fc.array(fc.array(records, { maxLength: 12 }), { maxLength: 8 });

type Shelf = Map<string, Uint8Array>;

const viewOn = (shelf: Shelf): SpendView => {
  const view = new SpendView({ calendar: () => calendar, loadPart: (key) => shelf.get(key) ?? assert.fail(key) });
  view.restore([...shelf.keys()]);
  return view;
};

const fold = (view: SpendView, list: readonly (readonly SpendRecord[])[]): SpendView => {
  for (const batch of list) view.addMetered(columnsOf(batch), undefined);
  return view;
};

const save = (view: SpendView, shelf: Shelf, whilePart: () => void = () => undefined): void => {
  const snapshot = view.freeze();
  for (const [key, bytes] of snapshot.parts) {
    // As they come from a disk: in the middle of a larger buffer.
    shelf.set(key, Buffer.concat([Buffer.alloc(3), bytes]).subarray(3));
    whilePart();
  }
  snapshot.commit();
};

const kept = (list: readonly SpendRecord[]): readonly SpendRecord[] => {
  const latest = Math.max(...list.map(({ occurredAtMs }) => hourOf(occurredAtMs)));
  return list.filter(({ occurredAtMs }) => hourOf(occurredAtMs) > latest - 25);
};

/** What a user has spent in the 24 hours that end with an hour, by going through all records. */
const plain = (list: readonly SpendRecord[], hour: number, group: string, user: string): bigint =>
  list
    .filter((record) => record.group === group && record.user === user)
    .filter(({ occurredAtMs }) => hourOf(occurredAtMs) <= hour && hourOf(occurredAtMs) > hour - 24)
    .reduce((sum, { costMicros }) => sum + BigInt(costMicros), 0n);

const assertEqualsPlain = (view: SpendView, list: readonly SpendRecord[]): void => {
  const { names, lastHours } = view;
  for (let hour = lastHours.latest - 1; hour < lastHours.latest + 26; hour++) {
    for (const { group, user } of list) {
      const found = lastHours.spent(names.find(group) ?? -1, names.find(user) ?? -1, hour);
      assert.equal(found, plain(list, hour, group, user), `${group} ${user} in the 24 hours up to ${String(hour)}`);
    }
  }
};

describe('the last hours', () => {
  it('are the sums of their records, from an hour before the latest on, in whatever order they came', () => {
    fc.assert(
      fc.property(batches, (list) => {
        const view = fold(viewOn(new Map()), list);
        if (list.flat().length > 0) assertEqualsPlain(view, list.flat());
      }),
      { numRuns: runs(100, 5_000) },
    );
  });

  it('law 8: do not depend on the order of records, nor on how they are cut into events', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 40, size: 'max' }), fc.nat({ max: 10 }), (list, seed) => {
        const shuffled = [...list].sort(
          (a, b) => ((a.occurredAtMs * (seed + 7)) % 101) - ((b.occurredAtMs * (seed + 7)) % 101),
        );
        const oneByOne = shuffled.map((record) => [record]);
        assert.deepEqual(
          lastHourLines(fold(viewOn(new Map()), [list])),
          lastHourLines(fold(viewOn(new Map()), oneByOne)),
        );
      }),
      { numRuns: runs(100, 5_000) },
    );
  });

  it('law 7: live, from a snapshot plus tail, and from snapshots at every step are equal', () => {
    fc.assert(
      fc.property(batches, fc.nat({ max: 8 }), (list, cut) => {
        const live = lastHourLines(fold(viewOn(new Map()), list));
        const shelf: Shelf = new Map();
        save(fold(viewOn(shelf), list.slice(0, cut)), shelf);
        assert.deepEqual(lastHourLines(fold(viewOn(shelf), list.slice(cut))), live);

        const steps: Shelf = new Map();
        const stepping = viewOn(steps);
        for (const batch of list) save(fold(stepping, [batch]), steps);
        assert.deepEqual(lastHourLines(stepping), live);
        assert.deepEqual(lastHourLines(viewOn(steps)), live);
      }),
      { numRuns: runs(100, 5_000) },
    );
  });

  it('a snapshot holds the moment it began at, and one that failed is made good by the next', () => {
    fc.assert(
      fc.property(batches, batches, fc.boolean(), (before, during, fails) => {
        const view = fold(viewOn(new Map()), before);
        const atBegin = lastHourLines(view);
        const shelf: Shelf = new Map();
        if (fails) view.freeze().abort();
        const waiting = [...during];
        save(view, shelf, () => fold(view, waiting.splice(0, 1)));
        assert.deepEqual(lastHourLines(viewOn(shelf)), atBegin);
        const rest = fold(view, waiting);
        save(rest, shelf);
        assert.deepEqual(lastHourLines(viewOn(shelf)), lastHourLines(rest));
      }),
      { numRuns: runs(100, 5_000) },
    );
  });

  it('are read as of one moment, whatever is folded while they are read', () => {
    fc.assert(
      fc.property(batches, batches, (before, during) => {
        const view = fold(viewOn(new Map()), before);
        const held = view.lastHours.all();
        const content = () => held.map(({ cells }) => [...cells.spent, ...cells.keys, ...cells.records]);
        const atBegin = content();
        fold(view, during);
        assert.deepEqual(content(), atBegin);
      }),
      { numRuns: runs(100, 5_000) },
    );
  });

  it('follow voids and re-attributions, also of records that are too long ago', () => {
    const fate = fc.constantFrom('stays', 'void', 'ops');
    fc.assert(
      fc.property(fc.array(fc.tuple(records, fate), { minLength: 1, maxLength: 30, size: 'max' }), (list) => {
        const all = list.map(([record]) => record);
        const view = fold(viewOn(new Map()), [all]);
        const after = list.flatMap(([record, what]) => {
          if (what === 'stays') return [record];
          const moved = what === 'void' ? null : { ...record, group: what };
          view.addCorrections([correctionOf(record, moved)]);
          return moved ?? [];
        });
        const other = fold(viewOn(new Map()), [all.map((record) => ({ ...record, costMicros: 0 }))]);
        assertEqualsPlain(view, after);
        assert.equal(view.lastHours.latest, other.lastHours.latest, 'a void is no reason to go back');
      }),
      { numRuns: runs(100, 5_000) },
    );
  });

  it('keep 25 hours, and no trace of what came before', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 40, size: 'max' }), (list) => {
        const lines = lastHourLines(fold(viewOn(new Map()), [list]));
        const hours = new Set(kept(list).map(({ occurredAtMs }) => hourOf(occurredAtMs)));
        assert.equal(new Set(lines.map((line) => line.split('\t')[0])).size, hours.size);
        const total = kept(list).reduce((sum, { costMicros }) => sum + BigInt(costMicros), 0n);
        assert.equal(
          lines.reduce((sum, line) => sum + BigInt(line.split('\t')[3]), 0n),
          total,
        );
      }),
      { numRuns: runs(100, 5_000) },
    );
  });

  it('stay exact beyond 2^53, and a record that is a few minutes ahead does not push out the oldest hour', () => {
    const [sample] = fc.sample(records, { numRuns: 1, seed: 1 });
    const at = (hours: number, costMicros: number) => ({
      ...sample,
      occurredAtMs: start + hours * millisecondsInHour,
      costMicros,
    });
    const view = fold(viewOn(new Map()), [
      [at(0, Number.MAX_SAFE_INTEGER), at(0, 7)],
      [at(23, 5), at(24, 3)],
    ]);
    const { names, lastHours } = view;
    const spentAt = (hour: number): bigint =>
      lastHours.spent(names.find(sample.group) ?? -1, names.find(sample.user) ?? -1, hourOf(start) + hour);
    assert.deepEqual([23, 24, 47, 48].map(spentAt), [2n ** 53n - 1n + 12n, 8n, 3n, 0n]);
    const oldest = lastHours.all().find(({ hour }) => hour === hourOf(start));
    assert.ok(oldest);
    const { hour, cells } = decodeHour(encodeHour(oldest));
    assert.deepEqual([hour, cells.used, cells.exactSpentAt(cells.find(1, 2))], [hourOf(start), 1, 2n ** 53n - 1n + 7n]);
  });
});
