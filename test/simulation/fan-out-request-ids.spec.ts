import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import { isRefusal } from '#kernel/refusal.js';
import { KeyedMutex } from '#event-sourcing/commands/keyed-mutex.js';
import type { FanOutRequest } from '#fan-out/commands/fan-out-request.js';
import { type Admitting, startAdmitting } from './admitting.js';
import { type Disk, emptyDisk } from './process.js';

const beginsMs = Date.UTC(2026, 10, 20, 9);
let commands = 0;
const meta = () => ({ commandId: `c-${String(++commands)}`, nowMs: beginsMs, actor: 'apiKey:test', reason: '' });
const request: FanOutRequest = { requestId: 'r-1', groupId: 'eng', userId: 'ana', taskId: 't-1', items: 2 };

/** What is answered: a code, or the fan-out, its state, when it expires and when it ended. */
const ask = async ({ fanOuts }: Admitting, changes: Partial<FanOutRequest> = {}) => {
  const answer = await fanOuts.ask({ ...request, ...changes }, meta());
  if (isRefusal(answer)) return answer.code;
  assert.ok(answer.decision === 'granted');
  const { granted, state, expiresAtMs, endedAtMs } = answer.lease;
  return { fanOutId: granted.fanOutId, state, expiresAtMs, endedAtMs };
};

/** A fan-out that was renewed and released, and then as many others as a process remembers. */
const begin = async (disk: Disk) => {
  const process = await startAdmitting(disk);
  await process.directory.putGroup({ groupId: 'eng', name: 'Engineering' }, meta());
  const granted = await ask(process);
  assert.ok(typeof granted === 'object');
  const { fanOutId } = granted;
  disk.clock.advance(1_000);
  await process.fanOuts.renew(fanOutId, undefined, 3_600, meta());
  await process.fanOuts.release(fanOutId, meta());
  const known = await ask(process);
  const endedAtMs = disk.clock.now();
  assert.deepEqual(known, { fanOutId, state: 'released', expiresAtMs: endedAtMs + millisecondsInHour, endedAtMs });
  for (const name of ['o-1', 'o-2']) {
    const other = await ask(process, { requestId: name, taskId: name });
    assert.ok(typeof other === 'object');
    await process.fanOuts.release(other.fanOutId, meta());
  }
  await process.feed.reached(await process.log.head());
  assert.equal(process.views.admissions.lease(fanOutId), undefined, 'it is forgotten');
  return { process, known };
};

describe('the request id of a fan-out that memory has forgotten', () => {
  it('is spent until 24 hours after its end', async () => {
    const disk = { ...emptyDisk(beginsMs), endedFanOutsKept: 2 };
    const { process, known } = await begin(disk);
    for (const passesMs of [0, millisecondsInDay - 1]) {
      disk.clock.advance(passesMs);
      assert.deepEqual(await ask(process), known, 'the same request');
      assert.equal(await ask(process, { items: 3 }), 'requestIdConflict', 'another one');
    }
    disk.clock.advance(1);
    const again = await ask(process, { items: 3 });
    assert.ok(typeof again === 'object' && again.state === 'live' && again.fanOutId !== known.fanOutId);
    assert.deepEqual(await ask(process, { items: 3 }), again, 'it is spent for the new one');
    assert.equal(await ask(process), 'requestIdConflict');
    await process.kill();
  });

  it('is spent after a restart, too, from a snapshot and from the log alone', async () => {
    for (const hasSnapshot of [true, false]) {
      const disk = { ...emptyDisk(beginsMs), endedFanOutsKept: 2 };
      const { process, known } = await begin(disk);
      if (hasSnapshot) await process.snapshot();
      await process.kill();
      const restarted = await startAdmitting(disk);
      assert.deepEqual(await ask(restarted), known);
      assert.equal(await ask(restarted, { items: 3 }), 'requestIdConflict');
      await restarted.kill();
    }
  });
});

describe('the request id of a fan-out that names no group', () => {
  const alone = { groupId: undefined };
  const inGroup = async (process: Admitting, groupId: string) => {
    await process.directory.putGroup({ groupId, name: groupId }, meta());
    await process.directory.putUser({ userId: 'ana', name: 'Ana', groupId }, meta());
  };

  it('is the user’s: it is granted once, also when the user has moved to another group since', async () => {
    for (const restart of ['none', 'from a snapshot', 'from the log'] as const) {
      const disk = emptyDisk(beginsMs);
      let process = await startAdmitting(disk);
      await inGroup(process, 'eng');
      const granted = await ask(process, alone);
      assert.ok(typeof granted === 'object');
      assert.equal(process.views.admissions.lease(granted.fanOutId)?.granted.groupId, 'eng');
      disk.clock.advance(1);
      await inGroup(process, 'ops');
      if (restart !== 'none') {
        if (restart === 'from a snapshot') await process.snapshot();
        await process.kill();
        process = await startAdmitting(disk);
      }
      assert.deepEqual(await ask(process, alone), granted, restart);
      assert.equal(await ask(process, { ...alone, items: 3 }), 'requestIdConflict', restart);
      const other = await ask(process, { ...alone, userId: 'bo' });
      assert.ok(typeof other === 'object' && other.fanOutId !== granted.fanOutId, 'another user has ids of their own');
      await process.kill();
    }
  });

  it('is not told to a key that does not reach the group it was granted for', async () => {
    const process = await startAdmitting(emptyDisk(beginsMs));
    await inGroup(process, 'eng');
    assert.ok(typeof (await ask(process, alone)) === 'object');
    await inGroup(process, 'ops');
    for (const items of [2, 3]) {
      const answer = await process.fanOuts.ask({ ...request, ...alone, items }, { ...meta(), reach: ['ops'] });
      assert.ok(isRefusal(answer));
      assert.equal(answer.code, 'groupNotAllowed');
    }
    await process.kill();
  });
});

describe('an Idempotency-Key that comes twice at once', () => {
  it('is spent by one of the two: the same renewal is stored once, another one is a conflict', async () => {
    const process = await startAdmitting(emptyDisk(beginsMs));
    await process.directory.putGroup({ groupId: 'eng', name: 'Engineering' }, meta());
    const one = await ask(process);
    assert.ok(typeof one === 'object');
    // As at the edge.
    const turns = new KeyedMutex();
    const renewAtOnce = async (...commandIds: readonly string[]) => {
      const asked = commandIds.map(async (commandId, place) => {
        const renew = () => process.fanOuts.renew(one.fanOutId, 2 - place, 3_600, { ...meta(), commandId });
        const answer = await turns.run(commandId, renew);
        return isRefusal(answer) ? answer.code : answer.lease.remainingItems;
      });
      const answers = await Promise.all(asked);
      return { answers, stored: (await process.log.read('admission', 1, 10)).length };
    };
    assert.deepEqual(await renewAtOnce('key-a:1', 'key-a:1'), { answers: [2, 2], stored: 1 });
    assert.deepEqual(await renewAtOnce('key-b:1', 'key-b:2'), { answers: [2, 'idempotencyConflict'], stored: 2 });
    await process.kill();
  });
});
