import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { fitsAtMs, groupsInTree, grownTree, itemsInLastMinute, itemsInTree, type Tree, treeWindows } from './tree.js';

const { day, minute } = treeWindows;
const ofEng = { groupId: 'eng', askedGroupId: 'eng' };

describe('items of a tree', () => {
  const tree: Tree = [
    { atMs: 0, items: 5, ...ofEng },
    { atMs: minute, items: 3, ...ofEng },
    { atMs: minute, items: 2, groupId: 'unassigned', askedGroupId: 'new' },
  ];
  /** Items within 24 hours, and within a minute. */
  const rows: readonly (readonly [atMs: number, inDay: number, inMinute: number])[] = [
    [minute, 10, 5],
    [minute - 1, 10, 10],
    [2 * minute - 1, 10, 5],
    [2 * minute, 10, 0],
    [day - 1, 10, 0],
    [day, 5, 0],
    [day + minute - 1, 5, 0],
    [day + minute, 0, 0],
  ];
  for (const [atMs, inDay, inMinute] of rows) {
    it(`after ${String(atMs)} ms: ${String(inDay)} of the day, ${String(inMinute)} of the minute`, () => {
      assert.deepEqual([itemsInTree(tree, atMs), itemsInLastMinute(tree, atMs)], [inDay, inMinute]);
    });
  }

  it('grow by a grant, and lose those that do not count any more', () => {
    const one = { atMs: day, items: 1, ...ofEng };
    assert.deepEqual(grownTree(tree, one), [...tree.slice(1), one]);
  });

  it('are of the groups that were granted them, as long as they count', () => {
    assert.deepEqual(groupsInTree(tree, minute), ['eng', 'unassigned', 'new']);
    assert.deepEqual(groupsInTree(tree, day + minute), []);
  });
});

describe('when items fit again', () => {
  it('is the first moment at which they do, or never, for any tree', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const entry = fc
      .record({ atMs: fc.nat({ max: 30 }), items: fc.integer({ min: 1, max: 5 }) })
      .map((one) => ({ ...one, ...ofEng }));
    const property = fc.property(
      fc.array(entry, { maxLength: 8 }).map((tree) => tree.sort((one, other) => one.atMs - other.atMs)),
      fc.integer({ min: 1, max: 20 }),
      fc.nat({ max: 20 }),
      fc.integer({ min: 1, max: 15 }),
      (tree, wanted, limit, windowMs) => {
        const nowMs = tree.at(-1)?.atMs ?? 0;
        const fits = (atMs: number): boolean =>
          tree.reduce((sum, { atMs: at, items }) => sum + (at > atMs - windowMs ? items : 0), wanted) <= limit;
        const moments = Array.from({ length: windowMs + 1 }, (_, later) => nowMs + later);
        assert.equal(fitsAtMs(tree, wanted, { limit, windowMs, nowMs }), moments.find(fits));
      },
    );
    fc.assert(property, { seed, numRuns: runs(1_000, 50_000), includeErrorInReport: true });
  });
});
