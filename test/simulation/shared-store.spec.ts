import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { isRefusal } from '#kernel/refusal.js';
import { ConcurrencyConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import { walkAdmissions } from '#test/support/admission-walk.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { recordWith } from '#test/support/api.js';
import { startAdmitting } from './admitting.js';
import { granted } from './fan-out-room.js';
import { type Disk, emptyDisk } from './process.js';
import { askFor } from './asking.js';
import { everyEvent } from './replays.js';

const beginsMs = Date.UTC(2026, 10, 20, 9);
const meta = (commandId: string) => ({ commandId, nowMs: beginsMs, actor: 'apiKey:test', reason: 'a test' });
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
const sharedDisk = (): Disk => ({ ...emptyDisk(beginsMs), isShared: true });
describe('several processes on one store', () => {
  it('decide with what another one had been told before they were asked, however old their views are', async () => {
    await everyOrder(async (scheduler, limit, sizes) => {
      const disk = sharedDisk();
      const processes = await Promise.all([0, 1, 2].map(() => startAdmitting(disk)));
      const [first, ...others] = processes;
      for (const { log } of others) log.hold();
      assert.ok(!isRefusal(await first.limits.set(null, { maxConcurrency: limit }, meta('lower'))));
      const wake = async ({ log }: (typeof processes)[number]): Promise<void> => {
        await scheduler.schedule(Promise.resolve(), 'a process hears of it');
        log.resume();
      };
      const ask = async (items: number, place: number): Promise<void> => {
        await scheduler.schedule(Promise.resolve(), 'somebody asks');
        const answer = await processes[place % 3].fanOuts.ask(
          askFor(String(place), items),
          meta(`ask ${String(place)}`),
        );
        assert.ok(!isRefusal(answer));
      };
      await scheduler.waitFor(Promise.all([...others.map(wake), ...sizes.map(ask)]));
      walkAdmissions(await everyEvent(disk), { maxConcurrency: limit, capMicros: Infinity });
      await Promise.all(processes.map((process) => process.kill()));
    });
  });

  it('know a lease that another one has granted, and end it once', async () => {
    const disk = sharedDisk();
    const [first, second] = await Promise.all([startAdmitting(disk), startAdmitting(disk)]);
    second.log.hold();
    const { fanOutId } = granted(await first.fanOuts.ask(askFor('q', 2), meta('ask'))).lease.granted;
    const renewing = second.fanOuts.renew(fanOutId, 1, undefined, meta('renew'));
    second.log.resume();
    const renewed = await renewing;
    assert.ok(!isRefusal(renewed) && renewed.lease.slots === 1);
    const released = await Promise.all(
      [first, second].map(({ fanOuts }) => fanOuts.release(fanOutId, meta('release'))),
    );
    assert.ok(released.every((answer) => !isRefusal(answer) && answer.lease.state === 'released'));
  });

  it('ask the store once for all who ask at the same time, and nobody whose log is their own asks at all', async () => {
    const disk = sharedDisk();
    const process = await startAdmitting(disk);
    const asks = Array.from({ length: 50 }, (_, place) => process.fanOuts.ask(askFor(String(place), 1), meta('ask')));
    await Promise.all(asks);
    assert.ok(process.log.questions <= 2, `${String(process.log.questions)} questions`);
    assert.equal((await startAdmitting(emptyDisk(beginsMs))).feed.upToDate(), undefined);
  });

  it('give up a decision that others are always faster with, store nothing of it, and go on', async () => {
    const disk = sharedDisk();
    const process = await startAdmitting(disk);
    await process.ingest.accept(
      [recordWith({ id: 'r', source: 'test', occurredAt: new Date(beginsMs).toISOString() })],
      caller,
    );
    const head = await disk.log.head();
    process.log.way = 'overtaken';
    await assert.rejects(process.fanOuts.ask(askFor('q', 1), meta('ask')), ConcurrencyConflict);
    await assert.rejects(process.limits.set(null, { maxConcurrency: 1 }, meta('limits')), ConcurrencyConflict);
    await assert.rejects(process.metering.voidRecord('test', 'r', meta('void')), ConcurrencyConflict);
    assert.equal(await disk.log.head(), head);
    process.log.way = 'open';
    granted(await process.fanOuts.ask(askFor('q', 1), meta('ask')));
  });

  it('acknowledge nothing while the store is away, and go on by themselves', async () => {
    const disk = sharedDisk();
    const process = await startAdmitting(disk);
    granted(await process.fanOuts.ask(askFor('before', 1), meta('before')));
    process.log.way = 'cut';
    const unavailable = { code: 'unavailable' };
    await assert.rejects(process.fanOuts.ask(askFor('q', 1), meta('ask')), unavailable);
    await assert.rejects(process.fanOuts.check(askFor('q', 1), meta('check')), unavailable);
    await assert.rejects(process.limits.set(null, { maxConcurrency: 1 }, meta('limits')), unavailable);
    assert.equal(process.views.admissions.slots('organisation'), 1);
    process.log.way = 'open';
    granted(await process.fanOuts.ask(askFor('q', 1), meta('ask')));
    assert.equal(process.views.admissions.slots('organisation'), 2);
  });

  it('grant a request once that was stored when its answer was lost', async () => {
    const disk = sharedDisk();
    const [first, second] = await Promise.all([startAdmitting(disk), startAdmitting(disk)]);
    const asked = first.fanOuts.ask(askFor('q', 3), meta('ask'));
    // In the first turn the question where the log ends waits for others; in the second the append is under way.
    await nextTurn();
    await nextTurn();
    first.log.way = 'answersLost';
    await assert.rejects(asked, { code: 'unavailable' });
    assert.equal(await disk.log.head(), 1);
    first.log.way = 'open';
    const grants = await Promise.all([first, second].map(({ fanOuts }) => fanOuts.ask(askFor('q', 3), meta('again'))));
    assert.equal(new Set(grants.map((answer) => granted(answer).lease.granted.fanOutId)).size, 1);
    assert.equal(second.views.admissions.slots('organisation'), 3);
  });
});

type Attempt = (scheduler: fc.Scheduler, limit: number, sizes: readonly number[]) => Promise<void>;

/** Tries limits, requests, and the orders in which things may happen. */
const everyOrder = async (attempt: Attempt): Promise<void> => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  diagnostic(`seed ${String(seed)}`);
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 });
  const property = fc.asyncProperty(fc.scheduler(), fc.nat({ max: 6 }), sizes, attempt);
  await fc.assert(property, { seed, numRuns: runs(100, 3_000), includeErrorInReport: true });
};
