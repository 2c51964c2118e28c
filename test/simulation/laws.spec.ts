import assert from 'node:assert/strict';
import fc from 'fast-check';
import { calendarOf } from '#kernel/calendar.js';
import { dimensions } from '#spend/domain/spend.dimensions.js';
import type { Dimension } from '#spend/domain/spend.dimensions.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { expectedLines, labelViews } from '#test/support/spend-records.js';
import type { SpendRecord } from '#test/support/spend-records.js';
import { continued, everyEvent, hashOf, linesOf, replayed, replayedInHalves } from './replays.js';
import { scenarios } from './scenarios.js';
import type { Scenario } from './scenarios.js';
import { createWorld } from './world.js';
import type { World } from './world.js';

/** Lets a scenario happen, waits until everything is answered and corrected, and looks at what is left. */
const check = async (look: (world: World, scenario: Scenario) => Promise<void>): Promise<void> => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  diagnostic(`seed ${String(seed)}`);
  const property = fc.asyncProperty(scenarios, async (scenario) => {
    const world = await createWorld(scenario.timeZone);
    for (const step of scenario.steps) await world.take(step);
    await world.rest();
    await look(world, scenario);
    await world.end();
  });
  await fc.assert(property, { seed, numRuns: runs(150, 5_000), includeErrorInReport: true });
};

const sumOf = (records: readonly SpendRecord[]): string =>
  String(records.reduce((sum, { costMicros }) => sum + BigInt(costMicros), 0n));

const ask = async ({ process }: World, by: readonly Dimension[]) => {
  const question = { by, from: 0, to: 40_000, filters: {} };
  return process().spend.ask(question, { limit: Infinity });
};

describe('laws of metering and spend, whatever happens in whatever order', () => {
  it('law 1: the sums over users, groups, skills, days and all others are the sum of the counted records', () =>
    check(async (world) => {
      const records = world.model.spend();
      const cuts: Dimension[][] = [
        ...dimensions.map((dimension) => [dimension]),
        ['group', 'user'],
        ['day', 'skill'],
        ['user', 'model'],
        ...labelViews.map((label) => [label]),
        ['group', 'label.project'],
        ['label.project', 'label.costCenter'],
        ['skill', 'label.project'],
      ];
      for (const by of cuts) {
        const { items, totalMicros, records: count, provisionalBecause } = await ask(world, by);
        const added = items.reduce((sum, { spentMicros }) => sum + BigInt(spentMicros), 0n);
        assert.equal(String(added), sumOf(records), `the sum over ${by.join(' and ')}`);
        assert.equal(String(totalMicros), sumOf(records), `the total by ${by.join(' and ')}`);
        assert.equal(count, records.length);
        assert.deepEqual(provisionalBecause, ['openPeriod'], 'no correction is left to do');
      }
    }));

  it('law 2: a record counts once, however often it is sent, and other content changes nothing', () =>
    check(async ({ model, sent, answers, process }, { timeZone }) => {
      assert.deepEqual(new Set(model.counted.keys()), new Set(sent.keys()), 'one record of every identity counts');
      if (answers.unanswered === 0) assert.equal(answers.accepted, sent.size, 'each was accepted once');
      assert.deepEqual(linesOf(process().views), expectedLines(model.spend(), calendarOf(timeZone)));
    }));

  it('law 3: what was acknowledged is there when the process dies at once', () =>
    check(async (world, { timeZone }) => {
      await world.take({ type: 'crash', snapshotLost: false });
      assert.deepEqual(linesOf(world.process().views), expectedLines(world.model.spend(), calendarOf(timeZone)));
    }));

  it('law 7: replay from zero, from a snapshot and its tail, in halves and twice at once gives the views that lived', () =>
    check(async ({ disk, process }) => {
      const events = await everyEvent(disk);
      const lived = hashOf(process().views);
      assert.equal(hashOf(replayed(events)), lived, 'from zero');
      assert.equal(hashOf(continued(disk.snapshots, events)), lived, 'from the last snapshot and its tail');
      const [half, later] = await Promise.all([
        replayedInHalves(disk, events, Math.floor(events.length / 2)),
        replayedInHalves(disk, events, events.length - 1),
      ]);
      assert.equal(hashOf(half), lived, 'in halves');
      assert.equal(hashOf(later), lived, 'in other halves, at the same time');
    }));

  it('law 8: nothing is reset: a month, late records and prices in any order give the same totals', () =>
    check(async (world, { timeZone }) => {
      const before = linesOf(world.process().views);
      await world.take({ type: 'wait', days: 31 });
      await world.take({ type: 'turns', count: 2 });
      assert.deepEqual(linesOf(world.process().views), before, 'a month later nothing has moved');
      const other = await createWorld(timeZone);
      for (const [place, one] of [...world.model.counted.values()].reverse().entries()) {
        // Some come before the prices and long after the rest, which is what late means.
        if (place === 5) await other.take({ type: 'wait', days: 40 });
        if (!one.isVoid) await other.take({ type: 'meter', requests: [[{ ...one.record, groupId: one.groupId }]] });
      }
      for (const price of world.model.published) await other.take({ type: 'publish', price });
      await other.rest();
      assert.deepEqual(linesOf(other.process().views), before, 'the same facts in another order');
      await other.end();
    }));
});
