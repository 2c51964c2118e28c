import assert from 'node:assert/strict';
import { millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import fc from 'fast-check';
import { isRefusal } from '#kernel/refusal.js';
import { createAdmissionRoom, type Surroundings } from '#test/support/admission-room.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { hasSlotToLend, judge, type PlainGrant } from '#test/support/plain-judge.js';
import { runs } from '#test/support/runs.js';
import type { DenialReason } from './rules.js';

const nowMs = millisecondsInHour;
const names = { groupId: fc.constantFrom('eng', 'ops'), userId: fc.constantFrom('ana', 'bo') };
const size = fc.integer({ min: 1, max: 6 });
/** A place in the list of those before, if there is one. */
const parent = fc.option(fc.nat({ max: 5 }), { freq: 2 });

/** Somebody who asked before: some minutes ago or just now, and whether it is over. */
const earlier = fc.record({
  ...names,
  items: size,
  slots: size,
  parent,
  agoMs: fc.constantFrom(1, millisecondsInMinute - 1, millisecondsInMinute, 50 * millisecondsInMinute),
  isOver: fc.boolean(),
});
const asked = fc.record({ ...names, items: size, estimateMicros: fc.integer({ min: 1, max: 300 }), parent });

const small = fc.nat({ max: 12 });
const money = fc.record({
  capMicros: fc.nat({ max: 3_000 }),
  spentMicros: fc.nat({ max: 1_500 }),
  enforces: fc.boolean(),
});
/** A value of every limit there is; which of them are set is counted through. */
const values = fc.record({
  organisationPaused: fc.constant(true),
  groupPaused: fc.constant(true),
  itemsPerFanOut: small,
  treeDepth: fc.nat({ max: 3 }),
  treeItems: small,
  spawnsPerMinute: small,
  organisationConcurrency: small,
  groupConcurrency: small,
  userConcurrency: small,
  group: money,
  organisation: money,
});
const limitNames = [
  'organisationPaused',
  'groupPaused',
  'itemsPerFanOut',
  'treeDepth',
  'treeItems',
  'spawnsPerMinute',
  'organisationConcurrency',
  'groupConcurrency',
  'userConcurrency',
  'group',
  'organisation',
] as const;
const combinations = 2 ** limitNames.length;

type Earlier = typeof earlier extends fc.Arbitrary<infer One> ? One : never;

/** Lets the earlier ones ask without limits, and keeps the plain list of what they got. */
const happened = (before: readonly Earlier[]) => {
  const room = createAdmissionRoom();
  const ids: string[] = [];
  const grants: PlainGrant[] = [];
  const parentOf = (wanted: number | null): number | null =>
    wanted !== null && grants.at(wanted)?.isLive === true && wanted < grants.length ? wanted : null;
  const ordered = [...before].sort((one, other) => other.agoMs - one.agoMs);
  for (const [place, { groupId, userId, items, slots, parent: wanted, agoMs, isOver }] of ordered.entries()) {
    const atMs = nowMs - agoMs;
    const above = parentOf(wanted);
    const held = items * 100;
    const lender = hasSlotToLend(above, grants) ? above : null;
    const moved = above !== null && grants[above].groupId === groupId ? Math.min(grants[above].heldMicros, held) : 0;
    if (above !== null) grants[above].heldMicros -= moved;
    const taskId = `t-${String(place)}`;
    const grant = {
      ...{ groupId, userId, items, atMs, parent: above, lender, isLive: true, heldMicros: held },
      treeId: above === null ? taskId : grants[above].treeId,
      depth: above === null ? 1 : grants[above].depth + 1,
      slots: Math.min(slots, items),
    };
    const parentFanOutId = above === null ? null : ids[above];
    const ask = { groupId, userId, taskId, items, concurrency: slots, parentFanOutId, leaseMs: nowMs };
    ids.push(room.grant(ask, { treeDepth: 99 }, atMs));
    grants.push(grant);
    if (!isOver) continue;
    grant.isLive = false;
    if (above !== null) grants[above].heldMicros += moved;
    room.release(ids[place], atMs);
  }
  return { room, ids, grants, parentOf };
};

const lineOf = ({ code, scope, used, requested, limit }: DenialReason): string =>
  limit === null ? `${code} ${scope}` : `${code} ${scope} ${String(used)}+${String(requested)}>${String(limit)}`;

describe('F9: the answer names every rule that binds, and no other', () => {
  it(`for all ${String(combinations)} combinations of limits that are set and not set`, () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const codes = new Set<string>();
    for (let mask = 0; mask < combinations; mask++) {
      const property = fc.property(values, fc.array(earlier, { maxLength: 6 }), asked, (all, before, request) => {
        const around: Surroundings = Object.fromEntries(
          limitNames.flatMap((name, bit) => ((mask & (1 << bit)) === 0 ? [] : [[name, all[name]]])),
        );
        const { room, ids, grants, parentOf } = happened(before);
        const above = parentOf(request.parent);
        const place =
          above === null ? { treeId: 't-now', depth: 1 } : { ...grants[above], depth: grants[above].depth + 1 };
        const expected = judge(
          { ...request, parent: above, treeId: place.treeId, depth: place.depth },
          around,
          grants,
          nowMs,
        );
        const parentFanOutId = above === null ? null : ids[above];
        const admission = room.ask({ ...request, taskId: 't-now', parentFanOutId }, around, nowMs);
        assert.ok(!isRefusal(admission) && admission.decision !== 'repeated');
        const denials = admission.decision === 'denied' ? admission.reasons : [];
        const lines = [...denials, ...admission.wouldHaveDenied].map(lineOf);
        assert.deepEqual(lines.sort(), [...expected].sort());
        const denying = expected.filter(
          (line) =>
            (!line.startsWith('groupCap') || around.group?.enforces === true) &&
            (!line.startsWith('organisationCap') || around.organisation?.enforces === true),
        );
        assert.deepEqual(denials.map(lineOf).sort(), [...denying].sort());
        for (const line of expected) codes.add(line.split(' ')[0]);
      });
      fc.assert(property, { seed: seed + mask, numRuns: runs(3, 60), includeErrorInReport: true });
    }
    assert.equal(codes.size, limitNames.length, 'every rule has bound somewhere');
  });
});
