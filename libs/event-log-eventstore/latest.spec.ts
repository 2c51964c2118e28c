import assert from 'node:assert/strict';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { noStream } from '#event-sourcing/ports/event-log.js';
import { appendOf, until } from '#test/contracts/event-log.support.js';
import { foreign } from '#test/eventstore/foreign.js';
import { givingUp, untilAvailable, withProcesses } from '#test/eventstore/processes.js';

describe('the head of the event store', () => {
  it('is found behind the events of others, which are looked at once', () =>
    withProcesses(async ({ standIn, open }) => {
      const [log, other] = [await open(), await open()];
      await other.append(appendOf('a', noStream, 1));
      for (let index = 0; index < 100; index++) standIn.store.append('orders', index - 1, [foreign(index)]);
      await other.append(appendOf('a', 0, 1));
      for (let index = 100; index < 110; index++) standIn.store.append('orders', index - 1, [foreign(index)]);
      assert.equal(await log.latest(), 2);
      const before = standIn.faults.readsSeen;
      assert.equal(await log.latest(), 2);
      assert.equal(standIn.faults.readsSeen, before + 1, 'one read where nothing is new');
    }));

  it('is found where only others have stored', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open();
      for (let index = 0; index < 70; index++) standIn.store.append('orders', index - 1, [foreign(index)]);
      assert.equal(await log.latest(), 0);
    }));

  it('is waited for until it is known here, also when the subscription has fallen silent', () =>
    withProcesses(async ({ standIn, open }) => {
      const [log, other] = [await open(), await open()];
      standIn.faults.silenceSubscriptions();
      await other.append(appendOf('a', noStream, 3));
      assert.equal(await log.latest(), 3);
      assert.equal((await log.read('a', 0, 10)).length, 3);
    }));

  it('is asked for again when there was no answer', () =>
    withProcesses(async ({ standIn, open }) => {
      const [log, other] = [await open(), await open()];
      await other.append(appendOf('a', noStream, 1));
      standIn.faults.stalls = true;
      const before = standIn.faults.readsSeen;
      const asked = log.latest();
      await until(() => standIn.faults.readsSeen > before);
      standIn.faults.stalls = false;
      assert.equal(await asked, 1);
    }));

  it('cannot be learned while the event store is gone, and can when it is back', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open(new MemoryRecords(), givingUp);
      await untilAvailable(() => log.append(appendOf('a', noStream, 1)));
      standIn.way.isClosed = true;
      standIn.way.cut();
      await until(() => log.outOfReach() !== undefined);
      assert.match(log.outOfReach()?.detail ?? '', /cannot be reached/);
      await assert.rejects(async () => log.latest(), { code: 'unavailable' });
      // What is known can be read all the same.
      assert.equal((await log.readAll(0, 10)).length, 1);
      standIn.store.append('orders', noStream, [foreign(1)]);
      standIn.way.isClosed = false;
      await until(() => log.outOfReach() === undefined);
      assert.equal(await untilAvailable(async () => log.latest()), 1);
    }));

  it('is out of reach when nothing is answered over a connection that lives', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open(new MemoryRecords(), givingUp);
      standIn.faults.stalls = true;
      await assert.rejects(async () => log.latest(), { code: 'unavailable' });
      assert.ok(log.outOfReach() !== undefined);
      standIn.faults.stalls = false;
      // A server that was stopped goes on with what it was asked; here the connections go first.
      standIn.way.cut();
      await until(() => log.outOfReach() === undefined);
      assert.equal(await untilAvailable(async () => log.latest()), 0);
    }));

  it('is asked for no longer than the log is open', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open();
      standIn.faults.stalls = true;
      const before = standIn.faults.readsSeen;
      const refused = assert.rejects(async () => log.latest(), { code: 'unavailable' });
      await until(() => standIn.faults.readsSeen > before);
      await log.close();
      await refused;
    }));
});
