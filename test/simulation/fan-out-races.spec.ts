import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRefusal } from '#kernel/refusal.js';
import { Caps } from '#application/caps/caps.js';
import { AdmissionDesk } from '#application/fan-out/admission-desk.js';
import { DenialLog } from '#application/fan-out/denial-log.js';
import { Estimates } from '#application/fan-out/estimates.js';
import { FanOuts } from '#application/fan-out/fan-outs.js';
import { Lineages } from '#application/fan-out/lineages.js';
import { PastGrants } from '#application/fan-out/past-grants.js';
import { Standings } from '#application/fan-out/standings.js';
import { walkAdmissions } from '#test/support/admission-walk.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { type Admitting, startAdmitting } from './admitting.js';
import { type Disk, emptyDisk } from './process.js';
import { everyEvent } from './replays.js';
import { ScheduledLog } from './scheduled-log.js';

const meta = (commandId: string) => ({ commandId, nowMs: 0, actor: 'apiKey:test', reason: 'a test' });
const beginsMs = Date.UTC(2026, 10, 20, 9);

/** So many slots and so much money for everybody, set before anybody asks. */
const govern = async (disk: Disk, maxConcurrency: number, capMicros: number): Promise<void> => {
  const process = await startAdmitting(disk);
  assert.ok(!isRefusal(await process.organisation.configure({ unknownGroups: 'unassigned' }, meta('organisation'))));
  assert.ok(!isRefusal(await process.limits.set(null, { maxConcurrency, maxItemsPerFanOut: 50 }, meta('limits'))));
  const settings = { policy: { kind: 'fixed', capMicros }, enforcement: 'enforce' } as const;
  const nowMs = disk.clock.now();
  assert.ok(!isRefusal(await process.caps.setPolicy(null, settings, true, { ...meta('cap'), nowMs })));
  await process.kill();
};

/** The desk of a process, whose log answers in an order that the scheduler chooses. */
const scheduled = (
  { log: stored, index, ids, feed, views, commands, records, withoutStore }: Admitting,
  disk: Disk,
  scheduler: fc.Scheduler,
) => {
  const log = new ScheduledLog(stored, scheduler);
  const desk = new AdmissionDesk(log, feed, views, disk.clock);
  const standings = new Standings(views, new Caps(views, commands));
  const estimates = new Estimates(views, 500);
  const lineages = new Lineages(records);
  const pastGrants = new PastGrants(stored, index);
  const denials = new DenialLog(stored, disk.writer ?? 'main');
  return new FanOuts(desk, views, standings, lineages, pastGrants, estimates, denials, withoutStore, disk.clock, ids);
};

interface Call {
  readonly process: number;
  readonly slots: number;
  readonly micros: number;
  readonly then: 'hold' | 'renew' | 'release';
}
const calls = fc.array(
  fc.record({
    process: fc.nat({ max: 2 }),
    slots: fc.integer({ min: 1, max: 4 }),
    micros: fc.integer({ min: 1, max: 40 }),
    then: fc.constantFrom('hold', 'renew', 'release'),
  }),
  { minLength: 2, maxLength: 12 },
);

const race = async (processes: number): Promise<void> => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  diagnostic(`seed ${String(seed)}`);
  const slots = fc.nat({ max: 8 });
  const money = fc.nat({ max: 120 });
  const property = fc.asyncProperty(fc.scheduler(), calls, slots, money, async (scheduler, all, limit, cap) => {
    const disk = emptyDisk(beginsMs);
    await govern(disk, limit, cap);
    const started = await Promise.all(Array.from({ length: processes }, () => startAdmitting(disk)));
    const desks = started.map((process) => scheduled(process, disk, scheduler));
    const client = async ({ process, slots: items, micros, then }: Call, place: number): Promise<void> => {
      await scheduler.schedule(Promise.resolve(), `client ${String(place)} asks`);
      const desk = desks[process % processes];
      // Nobody has seen this user or this group before.
      const [who, requestId] = [`new-${String(place % 3)}`, `q${String(place)}`];
      const wanted = {
        requestId,
        groupId: who,
        userId: who,
        taskId: requestId,
        items,
        estimatedCostMicrosPerItem: micros,
      };
      const answer = await desk.ask(wanted, meta(requestId));
      assert.ok(!isRefusal(answer));
      if (answer.decision === 'denied') {
        assert.ok(
          answer.reasons.every(({ limit: most, used, requested }) => Number(used) + (requested ?? 0) > (most ?? 0)),
        );
        return;
      }
      const { fanOutId } = answer.lease.granted;
      const again = await desk.ask(wanted, meta(`${requestId} again`));
      assert.ok(!isRefusal(again) && again.decision === 'granted' && again.lease.granted.fanOutId === fanOutId);
      if (then === 'renew') await desk.renew(fanOutId, 1, undefined, meta(`${requestId} renew`));
      // Twice, as a client does that has not heard the first answer.
      if (then === 'release') {
        const release = () => desk.release(fanOutId, meta(`${requestId} release`));
        const outcomes = await Promise.all([release(), release()]);
        assert.ok(outcomes.every((outcome) => !isRefusal(outcome) && outcome.lease.state === 'released'));
      }
    };
    await scheduler.waitFor(Promise.all(all.map(client)));
    walkAdmissions(await everyEvent(disk), { maxConcurrency: limit, capMicros: cap });
    await Promise.all(started.map((process) => process.kill()));
  });
  await fc.assert(property, { seed, numRuns: runs(150, 5_000), includeErrorInReport: true });
};

describe('F1: concurrent calls, in every order the log may answer in', () => {
  it('never take more than there is', () => race(1));
  it('of three processes on one log never take more than there is', () => race(3));
});
