import assert from 'node:assert/strict';
import fc from 'fast-check';
import { groupOn, joined, type Memberships, membershipsOf } from './memberships.js';

type Published = readonly (readonly [fromMs: number, groupId: string])[];

const chain = (published: Published): Memberships =>
  published.reduce<Memberships>((latest, [fromMs, groupId]) => joined(latest, fromMs, groupId), undefined);

/** The rule, plainly: among what has begun, the latest beginning; of the same beginning, the latest publication. */
const plainly = (published: Published, atMs: number): string | undefined => {
  let found: readonly [number, string] | undefined;
  for (const each of published) {
    if (each[0] <= atMs && (found === undefined || each[0] >= found[0])) found = each;
  }
  return found?.[1];
};

// Few instants, so that some are equal.
const instant = fc.integer({ min: -5, max: 15 });
const anyPublished = fc.array(fc.tuple(instant, fc.constantFrom('eng', 'ops', 'law')), { maxLength: 12 });

describe('memberships', () => {
  const published: Published = [
    [10, 'eng'],
    [30, 'ops'],
    [20, 'law'],
  ];
  const table = [
    [9, undefined],
    [10, 'eng'],
    [19, 'eng'],
    [20, 'law'],
    [29, 'law'],
    [30, 'ops'],
    [Number.MAX_SAFE_INTEGER, 'ops'],
  ] as const;
  for (const [atMs, groupId] of table) {
    it(`given eng from 10, ops from 30 and afterwards law from 20, at ${String(atMs)} it is ${groupId ?? 'none'}`, () => {
      assert.equal(groupOn(chain(published), atMs), groupId);
    });
  }

  it('replaces a membership that began at the same instant, and only that', () => {
    const latest = chain([...published, [20, 'eng']]);
    assert.deepEqual(
      membershipsOf(latest).map(({ fromMs, groupId }) => [fromMs, groupId]),
      [
        [10, 'eng'],
        [20, 'eng'],
        [30, 'ops'],
      ],
    );
  });

  it('equals a plain search through everything published, at every instant and in any order', () => {
    fc.assert(
      fc.property(anyPublished, instant, (all, atMs) => {
        assert.equal(groupOn(chain(all), atMs), plainly(all, atMs));
      }),
    );
  });

  it('holds each beginning once, earliest first', () => {
    fc.assert(
      fc.property(anyPublished, (all) => {
        const beginnings = membershipsOf(chain(all)).map(({ fromMs }) => fromMs);
        assert.deepEqual(
          beginnings,
          [...new Set(all.map(([fromMs]) => fromMs))].sort((a, b) => a - b),
        );
      }),
    );
  });
});
