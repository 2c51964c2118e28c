import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRefusal } from '#kernel/refusal.js';
import { createAdmissionRoom } from '#test/support/admission-room.js';
import { runs } from '#test/support/runs.js';

const limits = { organisation: 4, 'group:eng': 3, 'group:ops': 2, 'user:ana': 3, 'user:bo': 3 };
const around = { treeDepth: 99, treeItems: 1_000_000, spawnsPerMinute: 1_000_000, organisationConcurrency: 4 };

const place = fc.nat({ max: 3 });
const asks = fc.record({
  groupId: fc.constantFrom('eng', 'ops'),
  userId: fc.constantFrom('ana', 'bo'),
  items: fc.integer({ min: 1, max: 3 }),
  /** Mostly below the latest, so that families grow deep. */
  parent: fc.option(place, { freq: 6 }),
});
const step = fc.oneof(
  { weight: 3, arbitrary: asks.map((ask) => ({ type: 'ask' as const, ask })) },
  { weight: 1, arbitrary: place.map((from) => ({ type: 'lower' as const, from })) },
  { weight: 2, arbitrary: place.map((from) => ({ type: 'release' as const, from })) },
);

describe('law 4: slots of families whose members end in any order', () => {
  it('never pass a limit, and none is left in the end', () => {
    const property = fc.property(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), (steps) => {
      const room = createAdmissionRoom();
      const live: string[] = [];
      const pick = (from: number | null): string | undefined =>
        from === null || live.length === 0 ? undefined : live[Math.max(0, live.length - 1 - from)];
      for (const [nowMs, one] of steps.entries()) {
        if (one.type === 'ask') {
          const { parent, groupId, ...ask } = one.ask;
          const groupConcurrency = limits[`group:${groupId}`];
          const place = { groupId, parentFanOutId: pick(parent) ?? null, taskId: `t-${String(nowMs)}` };
          const standing = { ...around, groupConcurrency, userConcurrency: 3 };
          const admission = room.ask({ ...ask, ...place }, standing, nowMs);
          if (!isRefusal(admission) && admission.decision === 'granted') live.push(admission.event.data.fanOutId);
        } else {
          const fanOutId = pick(one.from);
          if (fanOutId === undefined) continue;
          if (one.type === 'lower') room.renew(fanOutId, { remainingItems: 0 }, nowMs);
          else room.release(live.splice(live.indexOf(fanOutId), 1)[0], nowMs);
        }
        for (const [scope, limit] of Object.entries(limits)) {
          const slots = room.admissions.slots(scope);
          assert.ok(slots >= 0 && slots <= limit, `${String(slots)} of ${String(limit)} slots in ${scope}`);
        }
      }
      for (const fanOutId of live) room.release(fanOutId, steps.length);
      for (const scope of Object.keys(limits)) assert.equal(room.admissions.slots(scope), 0, `left in ${scope}`);
    });
    fc.assert(property, { numRuns: runs(1_000, 20_000), includeErrorInReport: true });
  });
});
