import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import fc from 'fast-check';
import { isFanOutEvent } from '#domain/fan-out/fan-out.events.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { createRoom, type Room } from './fan-out-room.js';
import * as steps from './fan-out-steps.js';
import { groups } from './plain-leases.js';
import { continued, everyEvent, hashOf, replayed } from './replays.js';

const groupId = fc.constantFrom(...groups);
const scope = fc.constantFrom(null, ...groups);
const place = fc.nat({ max: 20 });
const minutes = fc.constantFrom(1, 10, 60);
const few = fc.nat({ max: 9 });
const limits = fc.record(
  {
    concurrency: few,
    perUser: few,
    itemsPerFanOut: few,
    treeDepth: fc.nat({ max: 3 }),
    treeItems: fc.nat({ max: 30 }),
    spawnsPerMinute: fc.nat({ max: 15 }),
    paused: fc.boolean(),
  },
  { requiredKeys: [] },
);
const request = fc
  .record({
    groupId,
    userId: fc.constantFrom('ana', 'bo'),
    items: fc.integer({ min: 1, max: 8 }),
    concurrency: fc.integer({ min: 1, max: 8 }),
    estimate: fc.constantFrom(1, 100, 300),
    minutes,
    tree: fc.nat({ max: 2 }),
    parent: fc.option(place, { freq: 2 }),
  })
  .map(steps.request);
const life = [
  request,
  request,
  request,
  fc.tuple(place, fc.boolean()).map(([at, isOther]) => steps.again(at, isOther)),
  fc.tuple(place, fc.option(few, { nil: undefined }), minutes).map(([at, left, long]) => steps.renew(at, left, long)),
  place.map(steps.release),
  fc
    .tuple(
      fc.constantFrom(
        1_000,
        millisecondsInMinute,
        10 * millisecondsInMinute,
        millisecondsInHour,
        10 * millisecondsInHour,
      ),
      fc.boolean(),
    )
    .map(([ms, isNoticed]) => steps.pass(ms, isNoticed)),
  fc
    .tuple(place, fc.option(groupId), fc.constantFrom(0, 1, 250, 2_000, 10 ** 12))
    .map(([at, group, micros]) => steps.meter(at, group, micros)),
  place.map(steps.takeBack),
  fc
    .tuple(scope, fc.nat({ max: 6_000 }), fc.boolean())
    .map(([of, micros, enforces]) => steps.setCap(of, micros, enforces)),
  fc.tuple(scope, limits).map(([of, some]) => steps.setLimits(of, some)),
  fc.boolean().map(steps.crash),
  fc.constant(null).map(steps.snapshot),
];

/** Law 6: a lease ends once, and nothing happens to it after that. */
const checkEnds = async (room: Room): Promise<void> => {
  const ended = new Set<string>();
  for (const event of await everyEvent(room.disk)) {
    if (!isFanOutEvent(event)) continue;
    const { fanOutId } = event.data;
    assert.ok(!ended.has(fanOutId), `${event.type} after the end of ${fanOutId}`);
    if (event.type === 'FanOutReleased' || event.type === 'FanOutExpired') ended.add(fanOutId);
  }
};

/** When all time has passed nothing is held, and no slot is taken. */
const checkEmptied = async (room: Room): Promise<void> => {
  await steps.pass(millisecondsInDay, true).run({}, room);
  const { admissions } = room.process().views;
  assert.deepEqual([admissions.slots('organisation'), admissions.held('organisation')], [0, 0]);
};

const checkReplays = async (room: Room): Promise<void> => {
  const events = await everyEvent(room.disk);
  await room.process().feed.reached(events.length);
  const lived = hashOf(room.process().views);
  assert.equal(hashOf(replayed(events)), lived, 'law 7: from zero');
  assert.equal(hashOf(continued(room.disk.snapshots, events)), lived, 'law 7: from the snapshot and its tail');
};

describe('laws 4, 5 and 6 of fan-outs, after every step', () => {
  it('whatever is asked, renewed, released, metered, voided, capped, limited, paused, and in any crash', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const property = fc.asyncProperty(fc.commands(life, { maxCommands: 40 }), async (sequence) => {
      const room = await createRoom();
      await fc.asyncModelRun(() => ({ model: {}, real: room }), sequence);
      await checkEmptied(room);
      await checkEnds(room);
      await checkReplays(room);
      await room.process().kill();
    });
    await fc.assert(property, { seed, numRuns: runs(1_000, 20_000), includeErrorInReport: true });
  });
});
