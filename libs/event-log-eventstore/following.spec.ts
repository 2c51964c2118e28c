import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { openLogStore } from '#event-log-lmdb/open-log-store.js';
import { encodeRecord } from '#event-sourcing/record-log/log-records.js';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { LogFailure, noStream, type StoredEvent } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { appendOf, until } from '#test/contracts/event-log.support.js';
import { foreign } from '#test/eventstore/foreign.js';
import { withStandIn } from '#test/eventstore/with-stand-in.js';
import { everythingIn, givingUp, impatient, namespaceUnderTest, withProcesses } from '#test/eventstore/processes.js';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('following the event store', () => {
  it('passes over the events of other applications and of other namespaces', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open();
      const others = ['orders-1', `${namespaceUnderTest}-2:a`, `${namespaceUnderTest}.parts:a`, '$stats', 'a', 'tes:a'];
      for (let index = 0; index < 300; index++) {
        const stream = others[index % others.length];
        standIn.store.append(stream, Math.floor(index / others.length) - 1, [foreign(index)]);
        if (index % 100 === 50) await log.append(appendOf('a', Math.floor(index / 100) - 1, 1));
      }
      assert.deepEqual(
        (await everythingIn(log)).map(({ position, stream, revision }) => [position, stream, revision]),
        [0, 1, 2].map((revision) => [revision + 1, 'a', revision]),
      );
      assert.deepEqual(await everythingIn(await open()), await everythingIn(log));
    }));

  it('begins in a store with so many events of others that looking through them takes longer than a start is patient', () =>
    withProcesses(async ({ standIn, open }) => {
      standIn.faults.saysCaughtUp = false;
      const patience = { ...impatient, startMs: 4_000 };
      const opening = open(new MemoryRecords(), patience);
      const untilMs = performance.now() + 1.5 * patience.startMs;
      for (let index = 0; performance.now() < untilMs; index++) {
        standIn.store.append('orders', index - 1, [foreign(index)]);
        await setTimeout(3);
      }
      standIn.faults.saysCaughtUp = true;
      standIn.store.append('invoices', noStream, [foreign(0)]);
      assert.equal(await (await opening).head(), 0);
    }));

  it('goes on after every cut, without loss and without repeats, with events that come twice', () =>
    withProcesses(async ({ standIn, open }) => {
      const [writer, reader] = [await open(), await open()];
      standIn.faults.repeatsEvents = true;
      const seen: StoredEvent[] = [];
      const subscription = reader.subscribe(0, (events) => void seen.push(...events));
      const appends = 150;
      for (let revision = noStream; revision < appends + noStream; revision++) {
        if (revision % 7 === 0) standIn.way.cut();
        if (revision % 11 === 0) standIn.store.append('orders', revision / 11 - 1, [foreign(revision)]);
        const outcome = await writer.append(appendOf('a', revision, 1, `a ${String(revision)}`));
        assert.deepEqual(outcome, { code: 'stored', revision: revision + 1, position: revision + 2, repeated: false });
      }
      await until(() => seen.length >= appends);
      assert.deepEqual(
        seen.map(({ position }) => position),
        range(1, appends),
      );
      assert.deepEqual(seen, await everythingIn(writer));
      await subscription.close();
    }));

  it('shows every process the same, while all of them append and are cut off', () =>
    withProcesses(async ({ standIn, open }) => {
      const logs = [await open(), await open(), await open()];
      const cutting = setInterval(() => {
        standIn.way.cut();
      }, 40);
      try {
        await Promise.all(
          logs.map(async (log, writer) => {
            const stream = `metering-${String(writer)}`;
            for (let revision = noStream; revision < 99; revision += 4) {
              const appends = [0, 2].map((ahead) => appendOf(stream, revision + ahead, 2));
              const outcomes = await log.appendMany(appends);
              assert.deepEqual(
                outcomes.map((outcome) => outcome.code === 'stored' && [outcome.revision, outcome.repeated]),
                [2, 4].map((ahead) => [revision + ahead, false]),
              );
            }
          }),
        );
      } finally {
        clearInterval(cutting);
      }
      const everything = await everythingIn(await open());
      assert.deepEqual(
        everything.map(({ position }) => position),
        range(1, 300),
      );
      for (const log of logs) {
        while ((await log.head()) < 300) await setTimeout(1);
        assert.deepEqual(await everythingIn(log), everything);
      }
    }));

  it('turns to the node of a cluster that leads, also after none did for a while', () =>
    withProcesses(async ({ standIn, open }) => {
      const other = await standIn.anotherWay();
      const nodes = [standIn.way, other].map(({ port }) => `127.0.0.1:${String(port)}`);
      const options = 'tls=false&maxDiscoverAttempts=2&discoveryInterval=5&gossipTimeout=1';
      const log = await open(new MemoryRecords(), impatient, `esdb://${nodes.join()}?${options}`);
      for (const [leader, follower] of [
        [other, standIn.way],
        [standIn.way, other],
      ]) {
        const before = await log.head();
        for (const node of [leader, follower]) {
          node.isClosed = true;
          node.cut();
        }
        const appends = Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            log.append(appendOf(`${String(before)}-${String(index)}`, noStream, 1)),
          ),
        );
        await setTimeout(200);
        standIn.faults.leaderPort = leader.port;
        leader.isClosed = false;
        assert.ok((await appends).every(({ code }) => code === 'stored'));
        assert.equal(await log.head(), before + 20);
      }
      await log.close();
      await other.close();
    }));

  it('does not wait for a subscription that has fallen silent', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open();
      standIn.faults.silenceSubscriptions();
      const outcome = await log.append(appendOf('a', noStream, 1));
      assert.deepEqual(outcome, { code: 'stored', revision: 0, position: 1, repeated: false });
    }));

  for (const tellsPositions of [true, false]) {
    it(`goes on from a copy on disk, ${tellsPositions ? 'told' : 'not told'} where the last event stands`, () =>
      withProcesses(async ({ standIn, open }) => {
        standIn.faults.tellsPositions = tellsPositions;
        const directory = mkdtempSync(join(tmpdir(), 'bursar-copy-'));
        const openCopy = async () => (await openLogStore(directory)).store;
        const writer = await open();
        await writer.append(appendOf('a', noStream, 20));
        const first = await open(await openCopy());
        await first.close();
        await writer.append(appendOf('b', noStream, 20));
        await writer.append(appendOf('a', 19, 20));
        const second = await open(await openCopy());
        assert.equal(await second.head(), 60);
        assert.deepEqual(await everythingIn(second), await everythingIn(writer));
        await second.close();
        rmSync(directory, { recursive: true });
      }));
  }

  it('goes on from a copy that has a part of an append, wherever in its stream that is', () =>
    withProcesses(async ({ open }) => {
      const writer = await open();
      const sizes = [1, 5, 1, 1, 7, 2];
      let revision = noStream;
      for (const events of sizes) {
        await writer.append(appendOf('a', revision, events));
        revision += events;
      }
      const everything = await everythingIn(writer);
      for (let known = 1; known <= everything.length; known++) {
        const copy = new MemoryRecords();
        await copy.write(
          everything.slice(0, known).map((event) => {
            const { bytes } = proposeEvent('', 0, event, event.meta);
            return { event, bytes: encodeRecord(event, bytes) };
          }),
        );
        const log = await open(copy);
        assert.deepEqual(await everythingIn(log), everything);
        await log.close();
      }
    }));

  it('reads what was stored while each event was one of the event store, and goes on behind it', () =>
    withProcesses(async ({ standIn, open }) => {
      const stream = `${namespaceUnderTest}:a`;
      const { events } = appendOf('a', noStream, 3);
      const stored = events.map(({ id, type, bytes }) => {
        const metadata = Buffer.from(JSON.stringify({ format: 1, crc32: crc32(bytes), append: 'earlier/1' }));
        return { id, type, contentType: 'application/octet-stream', data: bytes, metadata };
      });
      standIn.store.append(stream, noStream, stored);
      const log = await open();
      assert.deepEqual(await log.append(appendOf('a', noStream, 3)), {
        code: 'stored',
        revision: 2,
        position: 3,
        repeated: true,
      });
      for (const revision of [2, 4]) assert.equal((await log.append(appendOf('a', revision, 2))).code, 'stored');
      assert.equal(await log.latest(), 7);
      assert.equal(standIn.store.read(stream).length, 5);
    }));

  it('goes on from a copy that is ahead of the node it follows', () =>
    withProcesses(async ({ standIn, open }) => {
      const copy = new MemoryRecords();
      const writer = await open(copy);
      await writer.append(appendOf('a', noStream, 3));
      await writer.close();
      await withStandIn(async (behind) => {
        const { port } = behind.way;
        standIn.faults.followerPort = port;
        const log = await open(
          copy,
          impatient,
          `${standIn.connectionString.replace('?', `,127.0.0.1:${String(standIn.way.port)}?`)}&nodePreference=follower`,
        );
        assert.equal(await log.head(), 3);
        assert.ok(behind.faults.readsSeen > 0, 'the other node is followed');
        await log.close();
      });
    }));

  it('stores nothing more in an event store that was restored under it to less than it knows', () =>
    withProcesses(async ({ standIn, open }) => {
      const copy = new MemoryRecords();
      const log = await open(copy, givingUp);
      for (const [revision, events] of [
        [noStream, 1],
        [0, 5],
        [5, 5],
      ]) {
        assert.equal((await log.append(appendOf('a', revision, events))).code, 'stored');
      }
      standIn.store.restore(1);
      standIn.way.cut();
      const other = await open();
      for (const revision of [0, 1]) {
        assert.equal((await other.append(appendOf('a', revision, 1, 'afterwards'))).code, 'stored');
      }
      await until(() => log.outOfReach() === undefined);
      await assert.rejects(log.append(appendOf('a', 10, 1)), { code: 'unavailable', message: /was restored/ });
      assert.equal((await everythingIn(await open())).length, 3);
      await log.close();
      await assert.rejects(open(copy), { code: 'damaged', message: /restored from an old backup/ });
    }));

  it('refuses a copy of another event store', () =>
    withProcesses(async ({ open }) => {
      const copy = new MemoryRecords();
      await withProcesses(async (others) => {
        const log = await others.open(copy);
        await log.append(appendOf('a', noStream, 3));
      });
      await assert.rejects(open(copy), { code: 'damaged', message: /another event store/ });
    }));

  it('refuses a log of which events are gone', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open();
      for (let revision = noStream; revision < 4; revision++) await log.append(appendOf('a', revision, 1));
      standIn.store.truncate(`${namespaceUnderTest}:a`, 2);
      await assert.rejects(open(), { code: 'damaged', message: /are gone/ });
    }));

  it('fails when what is there does not have its checksum', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open();
      for (const [stream, count] of [
        ['one', 1],
        ['many', 3],
      ] as const) {
        await log.append(appendOf(stream, noStream, count));
        const [{ proposal }] = standIn.store.read(`${namespaceUnderTest}:${stream}`);
        const at = Buffer.from(proposal.data).lastIndexOf('happened');
        proposal.data[at] ^= 1;
        await assert.rejects(open(), { code: 'damaged', message: /is not what was stored/ });
        proposal.data[at] ^= 1;
        await (await open()).close();
      }
    }));

  it('fails when somebody else has written into our streams', () =>
    withProcesses(async ({ standIn, open }) => {
      const log = await open();
      standIn.store.append(`${namespaceUnderTest}:a`, noStream, [foreign(1)]);
      assert.match((await log.failed).detail, /was not written by Bursar/);
      await assert.rejects(log.append(appendOf('b', noStream, 1)), { code: 'damaged' });
    }));

  it('does not begin on a copy that cannot be written', () =>
    withProcesses(async ({ open }) => {
      await (await open()).append(appendOf('a', noStream, 3));
      const copy = new MemoryRecords();
      copy.write = async () => {
        await setTimeout(20);
        throw new LogFailure('full', 'There is no room.');
      };
      await assert.rejects(open(copy), { code: 'full' });
    }));

  it('says what to do when it cannot begin', () =>
    withProcesses(async ({ standIn, open }) => {
      standIn.faults.deniesAll = true;
      await assert.rejects(open(), { code: 'unavailable', message: /the right to read \$all/ });
      standIn.faults.deniesAll = false;
      standIn.way.isClosed = true;
      const soon = { ...impatient, startMs: 100 };
      const nobody = 'esdb://127.0.0.1:1,127.0.0.1:2?tls=false&maxDiscoverAttempts=1';
      for (const at of [standIn.connectionString, nobody]) {
        const opening = open(new MemoryRecords(), soon, at);
        await assert.rejects(opening, { code: 'unavailable', message: /cannot be reached/ });
      }
      standIn.way.isClosed = false;
      standIn.faults.saysCaughtUp = false;
      const later = { ...impatient, startMs: 8_000 };
      await assert.rejects(open(new MemoryRecords(), later), { code: 'unavailable', message: /version 23.10/ });
    }));
});
