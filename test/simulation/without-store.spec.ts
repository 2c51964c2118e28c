import assert from 'node:assert/strict';
import { Logger } from '@nestjs/common';
import { millisecondsInMinute } from 'date-fns/constants';
import { isRefusal } from '#kernel/refusal.js';
import { grantedWithoutStore } from '#fan-out/domain/without-store.events.js';
import { walkAdmissions } from '#test/support/admission-walk.js';
import { type Admitting, startAdmitting } from './admitting.js';
import { askFor } from './asking.js';
import { granted } from './fan-out-room.js';
import { type Disk, emptyDisk } from './process.js';
import { everyEvent } from './replays.js';

const beginsMs = Date.UTC(2026, 10, 20, 9);
const unavailable = { code: 'unavailable' };
const meta = (commandId: string) => ({ commandId, nowMs: beginsMs, actor: 'apiKey:ana', reason: 'the nightly run' });
const sharedDisk = (): Disk => ({ ...emptyDisk(beginsMs), isShared: true });

/** A process that may grant without the store, with so many slots, and its store away. */
const startAway = async (disk: Disk, maxConcurrency = 10): Promise<Admitting> => {
  const process = await startAdmitting(disk, 'allow');
  assert.ok(!isRefusal(await process.limits.set(null, { maxConcurrency }, meta('limits'))));
  process.log.way = 'cut';
  return process;
};
const ask = async ({ fanOuts }: Admitting, request: ReturnType<typeof askFor>) =>
  fanOuts.ask(request, meta(request.requestId));
const recordsIn = async (disk: Disk) =>
  (await disk.log.readAll(0, 2_000)).filter(({ type }) => type === 'FanOutGrantedWithoutStore');

describe('a grant without the store', () => {
  // Hundreds of warnings are hundreds of lines.
  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  afterAll(() => {
    Logger.overrideLogger(['log', 'error', 'warn']);
  });

  it('is made where the operator allows it, says what it is, and is not in the log', async () => {
    const disk = sharedDisk();
    const process = await startAway(disk);
    const answer = granted(await ask(process, askFor('q', 3)));
    assert.equal(answer.withoutStore, true);
    assert.equal(answer.lease.slots, 3);
    assert.deepEqual(await recordsIn(disk), []);
    const strict = await startAdmitting(disk);
    strict.log.way = 'cut';
    await assert.rejects(ask(strict, askFor('q', 3)), unavailable);
  });

  it('counts what this process knows, its own grants of this kind included', async () => {
    const process = await startAway(sharedDisk(), 5);
    assert.equal(granted(await ask(process, askFor('one', 3))).lease.slots, 3);
    assert.equal(granted(await ask(process, askFor('two', 3))).lease.slots, 2);
    const third = await ask(process, askFor('three'));
    assert.ok(!isRefusal(third) && third.decision === 'denied');
    assert.deepEqual(
      third.reasons.map(({ code }) => code),
      ['organisationConcurrency'],
    );
    assert.equal(process.views.admissions.slots('organisation'), 0, 'what is known of the log stays what it is');
  });

  it('is one for one request, also when the store is back', async () => {
    const process = await startAway(sharedDisk());
    const { fanOutId } = granted(await ask(process, askFor('q', 2))).lease.granted;
    assert.equal(granted(await ask(process, askFor('q', 2))).lease.granted.fanOutId, fanOutId);
    process.log.way = 'open';
    assert.equal(granted(await ask(process, askFor('q', 2))).lease.granted.fanOutId, fanOutId);
    const other = await ask(process, askFor('q', 3));
    assert.ok(isRefusal(other) && other.code === 'requestIdConflict');
  });

  it('is one for one request whose id was composed when it came', async () => {
    const process = await startAway(sharedDisk());
    const { fanOutId } = granted(await ask(process, askFor('e\u0301', 2))).lease.granted;
    process.log.way = 'open';
    assert.equal(granted(await ask(process, askFor('e\u0301', 2))).lease.granted.fanOutId, fanOutId);
  });

  for (const way of ['cut', 'open'] as const) {
    it(`is renewed and released while the store is ${way === 'cut' ? 'away' : 'back'}`, async () => {
      const disk = sharedDisk();
      const process = await startAway(disk);
      const { fanOutId, expiresAtMs } = granted(await ask(process, askFor('q', 4))).lease.granted;
      process.log.way = way;
      disk.clock.advance(millisecondsInMinute);
      const renewed = await process.fanOuts.renew(fanOutId, 2, undefined, meta('renew'));
      assert.ok(!isRefusal(renewed));
      assert.deepEqual([renewed.lease.slots, renewed.lease.expiresAtMs], [2, expiresAtMs + millisecondsInMinute]);
      for (const reach of [['other'], []]) {
        const refused = await process.fanOuts.release(fanOutId, { ...meta('release'), reach });
        assert.ok(isRefusal(refused) && refused.code === 'unknownFanOut');
      }
      for (let times = 0; times < 2; times++) {
        const released = await process.fanOuts.release(fanOutId, meta('release'));
        assert.ok(!isRefusal(released) && released.lease.state === 'released');
      }
      const late = await process.fanOuts.renew(fanOutId, 1, undefined, meta('late'));
      assert.ok(isRefusal(late) && late.code === 'leaseEnded');
    });
  }

  it('ends by itself, and its slots are free', async () => {
    const disk = sharedDisk();
    const process = await startAway(disk, 1);
    const { fanOutId } = granted(await ask(process, askFor('one'))).lease.granted;
    disk.clock.advance(10 * millisecondsInMinute);
    assert.equal(granted(await ask(process, askFor('two'))).lease.slots, 1);
    const late = await process.fanOuts.renew(fanOutId, 1, undefined, meta('late'));
    assert.ok(isRefusal(late) && late.code === 'leaseEnded');
  });

  it('is put on record once when the store is back, with who, what, when and why', async () => {
    const disk = sharedDisk();
    const process = await startAway(disk);
    granted(await ask(process, askFor('one', 2)));
    granted(await ask(process, askFor('two')));
    await assert.rejects(process.withoutStore.record(), unavailable);
    // Stored, and nobody has heard of it: it is made again.
    process.log.way = 'answersLost';
    await assert.rejects(process.withoutStore.record(), unavailable);
    process.log.way = 'open';
    disk.clock.advance(5_000);
    await Promise.all([process.withoutStore.record(), process.withoutStore.record()]);
    await process.withoutStore.record();
    const records = await recordsIn(disk);
    assert.deepEqual(
      records.map(({ type, data, meta: { actor, reason, now } }) => {
        const { requestId, items, why } = grantedWithoutStore.parse({ type, data }).data;
        return { requestId, items, why, actor, reason, now };
      }),
      [
        ['one', 2],
        ['two', 1],
      ].map(([requestId, items]) => ({
        requestId,
        items,
        why: 'The store did not answer.',
        actor: 'apiKey:ana',
        reason: 'the nightly run',
        now: '2026-11-20T09:00:00.000Z',
      })),
    );
  });

  it('leaves laws 4 and 6 to what is decided with the store', async () => {
    const disk = sharedDisk();
    const process = await startAway(disk, 4);
    const parent = granted(await ask(process, askFor('one', 4))).lease.granted;
    process.log.way = 'open';
    await process.withoutStore.record();
    assert.equal(granted(await ask(process, askFor('two', 3))).withoutStore, undefined);
    // Its parent is not in the log, and lends nothing there.
    const child = granted(await ask(process, askFor('three', 4, { parentFanOutId: parent.fanOutId })));
    assert.deepEqual([child.lease.slots, child.lease.granted.parentFanOutId], [1, null]);
    walkAdmissions(await everyEvent(disk), { maxConcurrency: 4, capMicros: Infinity });
    assert.deepEqual(await process.fanOuts.release(parent.fanOutId, meta('release')).then(isRefusal), false);
  });

  it('is made a bounded number of times, and again when some have ended and are on record', async () => {
    const disk = sharedDisk();
    const process = await startAway(disk, 10_000);
    for (let place = 0; place < 500; place++) granted(await ask(process, askFor(String(place))));
    await assert.rejects(ask(process, askFor('more')), unavailable);
    disk.clock.advance(10 * millisecondsInMinute);
    await assert.rejects(ask(process, askFor('more')), unavailable, 'what is not on record is not forgotten');
    process.log.way = 'open';
    await process.withoutStore.record();
    process.log.way = 'cut';
    assert.equal(granted(await ask(process, askFor('more'))).withoutStore, true);
  });
});
