import assert from 'node:assert/strict';
import { isRefusal } from '#kernel/refusal.js';
import type { RetryPolicy } from '#event-log-eventstore/settings.js';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { MemorySnapshots } from '#event-log-memory/snapshots.js';
import { until } from '#test/contracts/event-log.support.js';
import { startAdmitting } from '#test/simulation/admitting.js';
import { askFor } from '#test/simulation/asking.js';
import { granted } from '#test/simulation/fan-out-room.js';
import { SimulatedClock } from '#test/simulation/process.js';
import { walkAdmissions } from '#test/support/admission-walk.js';
import { everythingIn, givingUp, impatient, type Processes, untilAvailable, withProcesses } from './processes.js';

const beginsMs = Date.UTC(2026, 10, 20, 9);
const meta = (commandId: string) => ({ commandId, nowMs: beginsMs, actor: 'apiKey:test', reason: 'a test' });
/** A process that answers schedulers, over the real client. */
const startOver = async (open: Processes['open'], patience: RetryPolicy) => {
  const log = await open(new MemoryRecords(), patience);
  const clock = new SimulatedClock(beginsMs);
  return { ...(await startAdmitting({ clock, log, snapshots: new MemorySnapshots() })), over: log };
};

describe('processes that decide on one event store', () => {
  it('never grant more than there is, whoever set the limit and whoever is asked', () =>
    withProcesses(async ({ standIn, open }) => {
      const start = () => startOver(open, impatient);
      const processes = [await start(), await start(), await start()];
      const cutting = setInterval(() => {
        standIn.way.cut();
      }, 150);
      try {
        for (let round = 0; round < 6; round++) {
          const limit = 6 - round;
          const chief = processes[round % 3];
          assert.ok(
            !isRefusal(await chief.limits.set(null, { maxConcurrency: limit }, meta(`limit ${String(round)}`))),
          );
          const asks = Array.from({ length: 12 }, (_, place) => {
            const requestId = `${String(round)}-${String(Math.floor(place / 2))}`;
            // Each request comes to two processes at once.
            return processes[place % 3].fanOuts.ask(askFor(requestId, 1), meta(requestId));
          });
          const answers = await Promise.all(asks);
          const grants = answers.flatMap((answer) =>
            !isRefusal(answer) && answer.decision === 'granted' ? [answer.lease.granted.fanOutId] : [],
          );
          assert.equal(new Set(grants).size, limit, 'all that there is, and no more');
          const releases = [...new Set(grants)].map((fanOutId, place) =>
            processes[(place + round) % 3].fanOuts.release(fanOutId, meta(`release ${fanOutId}`)),
          );
          assert.ok((await Promise.all(releases)).every((answer) => !isRefusal(answer)));
        }
      } finally {
        clearInterval(cutting);
      }
      await processes[0].over.latest();
      const { live } = walkAdmissions(await everythingIn(processes[0].over), {
        maxConcurrency: 6,
        capMicros: Infinity,
      });
      assert.equal(live.size, 0);
    }));

  it('decide nothing while it is gone, and go on by themselves when it is back', () =>
    withProcesses(async ({ standIn, open }) => {
      const process = await startOver(open, givingUp);
      const ask = (requestId: string) => process.fanOuts.ask(askFor(requestId, 1), meta(requestId));
      const setLimits = () => process.limits.set(null, { maxConcurrency: 9 }, meta('limits'));
      granted(await untilAvailable(() => ask('before')));
      standIn.way.isClosed = true;
      standIn.way.cut();
      await until(() => process.over.outOfReach() !== undefined);
      const unavailable = { code: 'unavailable' };
      await assert.rejects(ask('q'), unavailable);
      await assert.rejects(setLimits(), unavailable);
      assert.equal(process.views.admissions.slots('organisation'), 1);
      standIn.way.isClosed = false;
      await until(() => process.over.outOfReach() === undefined);
      granted(await untilAvailable(() => ask('q')));
      assert.ok(!isRefusal(await untilAvailable(setLimits)));
      assert.equal(process.views.admissions.slots('organisation'), 2);
    }));
});
