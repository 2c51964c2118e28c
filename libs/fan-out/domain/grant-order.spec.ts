import assert from 'node:assert/strict';
import fc from 'fast-check';
import { GrantOrder, type GrantCursor } from './grant-order.js';

const isBefore = (one: GrantCursor, other: GrantCursor): number =>
  other.atMs - one.atMs || (one.fanOutId < other.fanOutId ? -1 : 1);

/** Steps in time, several at one time; what was granted may cease to belong. */
const steps = fc.array(
  fc.oneof(
    fc.record({ stepMs: fc.nat({ max: 2 }), id: fc.string({ minLength: 1, maxLength: 3 }) }),
    fc.record({ drop: fc.nat() }),
  ),
  { maxLength: 60, size: 'max' },
);

describe('grants in the order of their times', () => {
  it('are walked from any place on as if all that belong were sorted', () => {
    fc.assert(
      fc.property(
        steps,
        fc.record({ atMs: fc.nat({ max: 40 }), fanOutId: fc.string({ maxLength: 3 }) }),
        (all, after) => {
          const belonging = new Map<string, GrantCursor>();
          const order = new GrantOrder(({ fanOutId }) => belonging.has(fanOutId));
          let atMs = 0;
          for (const [step, change] of all.entries()) {
            if ('drop' in change) {
              const ids = [...belonging.keys()];
              if (ids.length === 0) continue;
              belonging.delete(ids[change.drop % ids.length]);
              order.drop();
            } else {
              atMs += change.stepMs;
              const place = { atMs, fanOutId: `${change.id}-${String(step)}` };
              belonging.set(place.fanOutId, place);
              order.add(place);
            }
          }
          const sorted = [...belonging.values()].sort(isBefore);
          const ids = (places: readonly GrantCursor[]) => places.map(({ fanOutId }) => fanOutId);
          assert.deepEqual(ids([...order.walk(undefined)]), ids(sorted));
          assert.deepEqual(ids([...order.walk(after)]), ids(sorted.filter((place) => isBefore(after, place) < 0)));
          if (belonging.size === 0) assert.ok(order.isEmpty, 'nothing is kept for nobody');
        },
      ),
    );
  });

  it('cost what is shown of them, wherever the page begins, and those that are gone at most as much as those that are not', () => {
    const gone = new Set<string>();
    let looks = 0;
    const order = new GrantOrder(({ fanOutId }) => {
      looks++;
      return !gone.has(fanOutId);
    });
    for (let place = 0; place < 100_000; place++) order.add({ atMs: place, fanOutId: `fo-${String(place)}` });
    const looksFor = (after: GrantCursor | undefined): number => {
      looks = 0;
      const page = order.walk(after);
      for (let shown = 0; shown < 100; shown++) assert.equal(page.next().done, false);
      return looks;
    };
    assert.equal(looksFor(undefined), 100);
    assert.equal(looksFor({ atMs: 50_000, fanOutId: '' }), 100);
    looks = 0;
    for (let place = 99_999; place >= 1_000; place--) {
      gone.add(`fo-${String(place)}`);
      order.drop();
    }
    assert.ok(looks <= 200_000, `${String(looks)} looks while 99,000 went`);
    assert.ok(looksFor(undefined) <= 2_000, `${String(looks)} looks`);
  });
});
