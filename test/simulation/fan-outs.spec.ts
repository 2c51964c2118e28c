import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import fc from 'fast-check';
import { isFanOutEvent } from '#fan-out/domain/fan-out.events.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { life } from './fan-out-life.js';
import { createRoom, type Room } from './fan-out-room.js';
import * as steps from './fan-out-steps.js';
import { continued, everyEvent, hashOf, replayed } from './replays.js';

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
  const clockMs = room.disk.clock.now();
  // Time goes on when a clock that was set back has come to where it was.
  room.disk.clock.advance(room.plain.admissionMs(clockMs) - clockMs);
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
  it('whatever is asked, renewed, released, metered, rated, voided, capped, limited, paused, however ids are written, and in any crash or jump of the clock', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const property = fc.asyncProperty(fc.commands(life, { maxCommands: 40, size: 'max' }), async (sequence) => {
      const room = await createRoom();
      await fc.asyncModelRun(() => ({ model: {}, real: room }), sequence);
      await checkEmptied(room);
      await checkEnds(room);
      await checkReplays(room);
      await room.process().kill();
    });
    await fc.assert(property, { seed, numRuns: runs(300, 6_000), includeErrorInReport: true });
  });
});
