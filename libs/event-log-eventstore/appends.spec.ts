import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { LogRecord } from '#event-sourcing/record-log/record-store.js';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { LogFailure, noStream } from '#event-sourcing/ports/event-log.js';
import { appendOf, proposed, until } from '#test/contracts/event-log.support.js';
import type { AppendFault } from '#test/eventstore/faults.js';
import {
  everythingIn,
  givingUp,
  namespaceUnderTest,
  unhurried,
  untilAvailable,
  withProcesses,
} from '#test/eventstore/processes.js';
import { patient } from './settings.js';

const faults: readonly [name: string, fault: AppendFault][] = [
  ['a stall before it is stored', { isStored: false, then: 'silence' }],
  ['a stall after it is stored', { isStored: true, then: 'silence' }],
  ['a connection that is cut before it is stored', { isStored: false, then: 'cut' }],
  ['a connection that is cut after it is stored', { isStored: true, then: 'cut' }],
  ['an error before it is stored', { isStored: false, then: 'error' }],
  ['an error after it is stored', { isStored: true, then: 'error' }],
  ['an answer that is late', { isStored: false, then: 'late' }],
];

/** Shows what is written before it says that it is, as a store on disk does. */
class EarlyRecords extends MemoryRecords {
  private confirmed = 0;
  override head(): number {
    return this.confirmed;
  }
  override async write(records: readonly LogRecord[]): Promise<void> {
    await super.write(records);
    await setTimeout(20);
    this.confirmed = super.head();
  }
}

describe('an append to the event store', () => {
  for (const [name, fault] of faults) {
    it(`is stored once in spite of ${name}`, () =>
      withProcesses(async ({ standIn, open }) => {
        const log = await open();
        await log.append(appendOf('a', noStream, 2, 'before'));
        standIn.faults.appends.push(fault, fault);
        const outcome = await log.append(appendOf('a', 1, 3));
        assert.deepEqual(outcome, { code: 'stored', revision: 4, position: 5, repeated: false });
        assert.equal((await everythingIn(log)).length, 5);
        assert.equal(standIn.store.read(`${namespaceUnderTest}:a`).length, 2, 'one event there for each append');
      }));
  }

  it('is a conflict if another process was faster while it had no answer', () =>
    withProcesses(async ({ standIn, open }) => {
      const [log, other] = [await open(), await open()];
      standIn.faults.appends.push({ isStored: false, then: 'silence' });
      const slow = log.append(appendOf('a', noStream, 1, 'slow'));
      await until(() => standIn.faults.appends.length === 0);
      assert.equal((await other.append(appendOf('a', noStream, 2, 'fast'))).code, 'stored');
      assert.deepEqual(await slow, { code: 'revisionConflict', actualRevision: 1 });
      assert.deepEqual(
        (await log.read('a', 0, 10)).map(({ meta }) => meta.commandId),
        ['fast', 'fast'],
      );
    }));

  it('is answered when the head of the log is as far as the answer', () =>
    withProcesses(async ({ open }) => {
      const log = await open(new EarlyRecords());
      const outcomes = await Promise.all([
        log.append(appendOf('a', noStream, 1, 'one')).then(async ({ code }) => [code, await log.head()]),
        log.append(appendOf('a', noStream, 1, 'other')).then(async ({ code }) => [code, await log.head()]),
      ]);
      assert.deepEqual(outcomes, [
        ['stored', 1],
        ['revisionConflict', 1],
      ]);
    }));

  it('is given up in time when the event store is gone, and may be made again', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open(new MemoryRecords(), givingUp);
      standIn.way.isClosed = true;
      standIn.way.cut();
      await assert.rejects(log.append(appendOf('a', noStream, 1)), { code: 'unavailable' });
      standIn.way.isClosed = false;
      assert.equal((await untilAvailable(() => log.append(appendOf('a', noStream, 1)))).code, 'stored');
      assert.equal(await log.head(), 1);
    }));

  it('is given up in time however long it would rest before it is tried again', () =>
    withProcesses(async ({ standIn, open }) => {
      const backoff = { firstMs: 60_000, longestMs: 60_000 };
      const log = await open(new MemoryRecords(), { ...givingUp, backoff });
      standIn.faults.stalls = true;
      const startedMs = performance.now();
      await assert.rejects(log.append(appendOf('a', noStream, 1)), { code: 'unavailable' });
      assert.ok(performance.now() - startedMs < backoff.longestMs / 2);
    }));

  it('is given up in time however many wait before it', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open(new MemoryRecords(), givingUp);
      standIn.way.isClosed = true;
      standIn.way.cut();
      const startedMs = performance.now();
      // Each conflicts with the one before it, so that none can share its message.
      const appends = Array.from({ length: 20 }, (_, index) => log.append(appendOf('a', 2 * index, 1)));
      const results = await Promise.allSettled(appends);
      assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(['rejected']));
      // One after the other they would take 20 times as long as one.
      assert.ok(performance.now() - startedMs < 10 * givingUp.giveUpMs);
    }));

  it('that was stored when it was given up is a repeat when it is made again', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open(new MemoryRecords(), givingUp);
      const silence: AppendFault = { isStored: true, then: 'silence' };
      standIn.faults.appends.push(...Array.from({ length: 100 }, () => silence));
      await assert.rejects(log.append(appendOf('a', noStream, 1)), { code: 'unavailable' });
      standIn.faults.appends.length = 0;
      assert.deepEqual(await untilAvailable(() => log.append(appendOf('a', noStream, 1))), {
        code: 'stored',
        revision: 0,
        position: 1,
        repeated: true,
      });
    }));

  it('of two processes at once with the same events is stored by one and repeated by the other', () =>
    withProcesses(async ({ open }) => {
      const logs = [await open(), await open()];
      const outcomes = await Promise.all(logs.map((log) => log.append(appendOf('a', noStream, 2))));
      assert.deepEqual(outcomes.map((outcome) => outcome.code === 'stored' && outcome.repeated).sort(), [false, true]);
      for (const log of logs) assert.equal(await log.head(), 2);
    }));

  it('that is refused is answered when the process has what it missed', () =>
    withProcesses(async ({ open }) => {
      const [log, other] = [await open(), await open()];
      for (let revision = noStream; revision < 40; revision++) {
        const writer = revision % 2 === 0 ? log : other;
        const late = revision % 2 === 0 ? other : log;
        const place = String(revision);
        assert.equal((await writer.append(appendOf('a', revision, 1, `first ${place}`))).code, 'stored');
        const conflict = await late.append(appendOf('a', revision, 1, `second ${place}`));
        assert.deepEqual(conflict, { code: 'revisionConflict', actualRevision: revision + 1 });
        assert.equal((await late.read('a', revision + 1, 1)).length, 1);
      }
      assert.deepEqual(await everythingIn(log), await everythingIn(other));
    }));

  it('that is refused waits for what it missed also when the subscription has fallen silent', () =>
    withProcesses(async ({ standIn, open }) => {
      const [log, other] = [await open(), await open()];
      standIn.faults.silenceSubscriptions();
      await other.append(appendOf('a', noStream, 3, 'first'));
      const conflict = await log.append(appendOf('a', noStream, 1, 'second'));
      assert.deepEqual(conflict, { code: 'revisionConflict', actualRevision: 2 });
      assert.equal((await log.read('a', 0, 10)).length, 3);
    }));

  it('shares a message with its neighbours in the same stream, and each has its own outcome', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open(new MemoryRecords(), unhurried);
      await log.append(appendOf('a', noStream, 1, 'earlier'));
      const before = standIn.faults.appendsSeen;
      const outcomes = await Promise.all([
        log.append(appendOf('a', noStream, 1, 'conflict')),
        ...Array.from({ length: 100 }, (_, index) => log.append(appendOf('a', index, 1, 'many'))),
        log.append(appendOf('a', 150, 1, 'ahead')),
      ]);
      assert.deepEqual(
        outcomes.map(({ code }) => code),
        ['revisionConflict', ...Array.from({ length: 100 }, () => 'stored'), 'revisionConflict'],
      );
      assert.deepEqual(
        outcomes.slice(1, -1).map((outcome) => outcome.code === 'stored' && outcome.position),
        Array.from({ length: 100 }, (_, index) => index + 2),
      );
      assert.ok(standIn.faults.appendsSeen - before <= 3, 'the appends did not share messages');
    }));

  it('of more than 1 MiB lies in parts, and is there as a whole or not at all', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open();
      const texts = [1_500_000, 10, 400_000, 400_000, 400_000, 20].map((bytes) =>
        randomBytes(Math.ceil(bytes / 2)).toString('hex'),
      );
      const events = texts.map((text, index) => proposed('large', index, text));
      const cut: AppendFault = { isStored: true, then: 'cut' };
      standIn.faults.appends.push(cut, { ...cut, isStored: false }, cut);
      const outcome = await log.append({ stream: 'a', expectedRevision: noStream, events });
      assert.deepEqual(outcome, { code: 'stored', revision: 5, position: 6, repeated: false });
      const before = standIn.faults.readsSeen;
      const another = await open();
      assert.ok(standIn.faults.readsSeen >= before + 3, 'a subscription, and its parts a few at a time');
      for (const each of [log, another]) {
        assert.deepEqual(
          (await everythingIn(each)).map(({ data }) => data),
          texts.map((text) => ({ text })),
        );
      }
    }));

  it('that the event store refuses is rejected with what to do, and the log goes on', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open();
      standIn.store.appendBytes = 100_000;
      const large = appendOf('a', noStream, 1, 'large', 'x'.repeat(200_000));
      await assert.rejects(log.append(large), { code: 'notWritable', message: /raise its MaxAppendSize/ });
      assert.equal((await log.append(appendOf('a', noStream, 1))).code, 'stored');
    }));

  it('is stored, and the log fails, when the copy cannot be written', () =>
    withProcesses(async ({ open }) => {
      const copy = new MemoryRecords();
      const log = await open(copy);
      copy.write = () => Promise.reject(new LogFailure('full', 'There is no room.'));
      assert.equal((await log.append(appendOf('a', noStream, 1))).code, 'stored');
      assert.equal((await log.failed).code, 'full');
      await assert.rejects(log.append(appendOf('b', noStream, 1)), { code: 'full' });
      // It was stored all the same, and whoever begins again finds it.
      assert.equal(await (await open()).head(), 1);
    }));

  it('is one event there, whatever it holds, and the next one goes behind it', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open(new MemoryRecords(), patient);
      const sizes = [1, 3_000, 1, 2, 20_000];
      let revision = noStream;
      for (const events of sizes) {
        const outcome = await log.append(appendOf('a', revision, events));
        revision += events;
        assert.deepEqual(outcome, { code: 'stored', revision, position: revision + 1, repeated: false });
      }
      assert.equal(standIn.store.read(`${namespaceUnderTest}:a`).length, sizes.length);
      const everything = await everythingIn(await open());
      assert.deepEqual(
        everything.map((event) => [event.position, event.revision]),
        everything.map((_, place) => [place + 1, place]),
      );
      assert.deepEqual(everything, await everythingIn(log));
    }));

  it('goes on in streams that were written before the process began, whoever wrote them', () =>
    withProcesses(async ({ open }) => {
      const [before, other] = [await open(), await open()];
      await before.append(appendOf('a', noStream, 3));
      await other.append(appendOf('a', 2, 4));
      await before.append(appendOf('b', noStream, 2));
      const log = await open();
      for (const [stream, revision] of [
        ['a', 6],
        ['b', 1],
      ] as const) {
        assert.equal((await log.append(appendOf(stream, revision - 1, 2))).code, 'revisionConflict');
        const outcome = await log.append(appendOf(stream, revision, 2));
        assert.ok(outcome.code === 'stored' && outcome.revision === revision + 2);
        const ahead = await log.append(appendOf(stream, revision + 10, 1));
        assert.deepEqual(ahead, { code: 'revisionConflict', actualRevision: revision + 2 });
      }
    }));
});
