import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import fc from 'fast-check';
import { formatInstant } from '#kernel/instants.js';
import { isRefusal } from '#kernel/refusal.js';
import { WatchPace } from '#caps/sagas/watch-pace.saga.js';
import { WatchRunaways } from '#caps/sagas/watch-runaways.saga.js';
import { Changes } from '#event-sourcing/changes.js';
import { groupSpend, userSpend } from '#spend/domain/spend.slots.js';
import type { SpendView } from '#spend/domain/spend.view.js';
import { runs } from '#test/support/runs.js';
import { emptyDisk, type Process, startProcess } from './process.js';

const usd = 1_000_000;
const beginsMs = Date.UTC(2026, 10, 20, 12, 30);
const groups = ['eng', 'ops'] as const;
const userIds = ['ana', 'bo', 'cy', 'di', 'ed'] as const;
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };

/** What a user spends of a group: on each of six days before today, and today. */
const habits = fc.array(
  fc.record({
    groupId: fc.constantFrom(...groups),
    userId: fc.constantFrom(...userIds),
    dailyMicros: fc.constantFrom(usd / 10, usd, 10 * usd),
    todayMicros: fc.constantFrom(0, usd, 8 * usd, 60 * usd),
  }),
  { minLength: 1, maxLength: 10 },
);
type Habit = typeof habits extends fc.Arbitrary<readonly (infer H)[]> ? H : never;

const live = async (process: Process, lives: readonly Habit[]): Promise<void> => {
  const records = lives.flatMap(({ groupId, userId, dailyMicros, todayMicros }, place) =>
    Array.from({ length: 7 }, (_, ago) => ({
      source: 'sim',
      id: `${String(place)}-${String(ago)}`,
      taskId: `t${String(place)}`,
      groupId,
      userId,
      costMicros: ago === 0 ? todayMicros : dailyMicros,
      occurredAt: formatInstant(beginsMs - ago * millisecondsInDay - (ago === 0 ? 0 : millisecondsInDay / 2)),
    })),
  );
  assert.equal((await process.ingest.accept(records, caller)).accepted, records.length);
};

const changedBy = ({ names }: SpendView, lives: readonly Habit[], others: number): Changes => {
  const changes = new Changes();
  for (const groupId of groups) changes.add(groupSpend, groupId);
  const users = changes.addPairs(userSpend);
  for (const { groupId, userId } of lives) users.add(names.numberOf(groupId), names.numberOf(userId));
  for (let number = 0; number < others; number++) users.add(names.numberOf('eng'), names.size + number);
  return changes;
};

describe('sagas that look at users', () => {
  it('find the same whether those who moved are remembered one by one, or are too many', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(habits, async (lives) => {
        const process = await startProcess(emptyDisk(beginsMs));
        const settings = { policy: { kind: 'fixed', capMicros: 100 * usd }, enforcement: 'alert' } as const;
        await live(process, lives);
        for (const groupId of new Set(lives.map((habit) => habit.groupId))) {
          const meta = { commandId: `cap ${groupId}`, nowMs: beginsMs, actor: caller.actor, reason: '' };
          const set = await process.capPolicies.set(groupId, settings, false, meta);
          assert.ok(!isRefusal(set));
        }
        const due = (changes: Changes) => {
          const sagas = [process.make(WatchPace), process.make(WatchRunaways)];
          const found = sagas.flatMap((saga) => [...saga.evaluate({ nowMs: beginsMs, everything: false, changes })]);
          return [...new Set(found.flatMap((each) => each?.subject ?? []))].toSorted();
        };
        const [few, many] = [0, 2_000].map((others) => changedBy(process.views.spend, lives, others));
        assert.deepEqual([few.pairs(userSpend).isMany, many.pairs(userSpend).isMany], [false, true]);
        assert.deepEqual(due(many), due(few));
        found += due(few).length;
        await process.kill();
      }),
      { numRuns: runs(50, 2_000) },
    );
    assert.ok(found > 0, 'nothing was found in any run');
  });
});
