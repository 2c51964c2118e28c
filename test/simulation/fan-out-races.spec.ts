import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { isRefusal } from '#kernel/refusal.js';
import { Caps } from '#caps/queries/caps.js';
import { walkAdmissions } from '#test/support/admission-walk.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { walkMoney } from '#test/support/money-walk.js';
import { highestMicros } from '#test/support/poison.js';
import { runs } from '#test/support/runs.js';
import { type Admitting, startAdmitting } from './admitting.js';
import { beginsMs, type Call, calls, meta, startAll, type Started, takePart } from './fan-out-calls.js';
import { type Disk, emptyDisk } from './process.js';
import { everyEvent } from './replays.js';

interface Limits {
  readonly maxConcurrency: number;
  readonly maxConcurrencyPerUser: number;
  readonly capMicros: number;
}

/** So many slots and so much money for everybody, set before anybody asks. */
const govern = async (disk: Disk, { maxConcurrency, maxConcurrencyPerUser, capMicros }: Limits): Promise<void> => {
  const process = await startAdmitting(disk);
  const organisation = { unknownGroups: 'unassigned', maxRecordMicros: highestMicros, from: '2026-01-01' } as const;
  assert.ok(!isRefusal(await process.organisation.configure(organisation, meta('organisation'))));
  const limits = { maxConcurrency, maxConcurrencyPerUser, maxItemsPerFanOut: 50 };
  assert.ok(!isRefusal(await process.limits.set(null, limits, meta('limits'))));
  const settings = { policy: { kind: 'fixed', capMicros }, enforcement: 'enforce' } as const;
  const nowMs = disk.clock.now();
  assert.ok(!isRefusal(await process.capPolicies.set(null, settings, true, { ...meta('cap'), nowMs })));
  await process.kill();
};

/** Resolves when every process knows all there is, and nothing is left to correct. */
const rested = async (started: Started, disk: Disk): Promise<void> => {
  const isBusy = ({ views: { corrections } }: Admitting) =>
    corrections.running().length > 0 || corrections.due().length > 0;
  do {
    await nextTurn();
    for (const { process } of started) await process.feed.reached(await disk.log.head());
  } while (started.some(({ process }) => isBusy(process)));
};

const race = async (processes: number): Promise<void> => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  diagnostic(`seed ${String(seed)}`);
  const limits = fc.record({
    maxConcurrency: fc.nat({ max: 8 }),
    maxConcurrencyPerUser: fc.nat({ max: 5 }),
    capMicros: fc.nat({ max: 120 }),
  });
  const property = fc.asyncProperty(fc.scheduler(), calls, limits, async (scheduler, all, most) => {
    const disk = emptyDisk(beginsMs);
    await govern(disk, most);
    const started = await startAll(disk, processes, scheduler);
    const client = async (one: Call, place: number): Promise<void> => {
      await scheduler.schedule(Promise.resolve(), `client ${String(place)} asks`);
      await takePart(started, one, place);
    };
    await scheduler.waitFor(Promise.all(all.map(client)));
    await rested(started, disk);
    const events = await everyEvent(disk);
    walkAdmissions(events, most);
    const { spentMicros, heldMicros, spentBy } = walkMoney(events, most.capMicros);
    for (const { process } of started) {
      const { admissions, organisation } = process.views;
      assert.equal(String(admissions.held('organisation')), String(heldMicros));
      const spent = process.get(Caps).spent(null, organisation.calendar().periodOf(beginsMs));
      assert.equal(String(spent), String(spentMicros));
      for (const [fanOutId, micros] of spentBy) {
        assert.equal(String(admissions.lease(fanOutId)?.spentMicros), String(micros));
      }
      await process.kill();
    }
  });
  await fc.assert(property, { seed, numRuns: runs(100, 4_000), includeErrorInReport: true });
};

describe('F1: concurrent calls, in every order the log may answer in', () => {
  it('never take more than there is', () => race(1));
  it('of three processes on one log never take more than there is', () => race(3));
});
