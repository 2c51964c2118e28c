import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { Fence } from '#event-log-lmdb/fence.js';
import { DirectoryLock } from '#event-log-lmdb/owner/directory-lock.js';
import { OwnerSocket, socketNameOf } from '#event-log-lmdb/owner/owner-socket.js';
import { highestOwnerFile } from '#event-log-lmdb/owner/owner-files.js';
import { thisProcess } from '#event-log-lmdb/owner/owner.js';
import { SystemClock } from '#system-clock/clock.js';
import { noStream } from '#event-sourcing/ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import { assertHolds, inDirectory, startWriter } from './log-processes.js';

const openLog = (directory: string) => EmbeddedEventLog.open({ directory, clock: new SystemClock() });
const readLog = (directory: string) => EmbeddedEventLog.read({ directory, clock: new SystemClock() });

describe('one writing process for a directory', () => {
  it('refuses a second process and names the first', async () => {
    await inDirectory(async (directory) => {
      const first = startWriter(directory);
      await first.reached(1);
      const second = startWriter(directory, { run: 'second' });
      await second.reached(1);
      assert.match(second.failure() ?? '', new RegExp(`^inUse .* in use by process ${String(first.process.pid)} on `));
      assert.equal(await second.ended, 1);
      assert.equal(second.acknowledged.length, 0);
      const before = first.acknowledged.length;
      await first.reached(before + 10);
      first.process.kill('SIGKILL');
      await first.ended;
      assert.ok(first.acknowledged.length >= before + 10, 'the first process goes on');
      await assertHolds(directory, first.acknowledged);
    });
  });

  it('lets the next process in at once after SIGKILL', async () => {
    await inDirectory(async (directory) => {
      const first = startWriter(directory);
      await first.reached(1);
      first.process.kill('SIGKILL');
      await first.ended;
      const second = startWriter(directory, { run: 'second' });
      await second.reached(1);
      assert.equal(second.failure(), undefined);
      second.process.kill('SIGKILL');
      await second.ended;
      await assertHolds(directory, [...first.acknowledged, ...second.acknowledged]);
    });
  });

  it('refuses a second log in the same process, until the first is closed', async () => {
    await inDirectory(async (directory) => {
      const first = await openLog(directory);
      await assert.rejects(openLog(directory), { code: 'inUse' });
      assert.equal((await first.append(appendOf('a', noStream, 1))).code, 'stored');
      await first.close();
      const second = await openLog(directory);
      assert.equal(await second.head(), 1);
      await second.close();
    });
  });

  it('replaces an owner whose pid has come back as another process, or that ran before the machine was started', async () => {
    await inDirectory(async (directory) => {
      const first = await openLog(directory);
      await first.close();
      const owner = { ...thisProcess(4711), pid: process.ppid, startedAt: '1' };
      for (const gone of [owner, { ...owner, boot: 'an earlier one' }, thisProcess(4711), undefined]) {
        const text = gone === undefined ? 'torn' : JSON.stringify(gone);
        writeFileSync(join(directory, `owner-${String(highestOwnerFile(directory)?.generation ?? 7)}`), text);
        const log = await openLog(directory);
        await log.close();
        assert.equal(highestOwnerFile(directory), undefined, 'nothing of either is left');
      }
    });
  });

  it('asks the door of an owner in another container, whose pid says nothing here', async () => {
    await inDirectory(async (directory) => {
      const elsewhere = { ...thisProcess(4711), pidSpace: 'pid:[1]', pid: 1 };
      const door = await OwnerSocket.open(directory, socketNameOf(4711));
      writeFileSync(join(directory, 'owner-3'), JSON.stringify(elsewhere));
      await assert.rejects(openLog(directory), { code: 'inUse' });
      await door.close();
      const log = await openLog(directory);
      await log.close();
    });
  });

  it('does not touch the store of a living owner: to open one beside its writer loses commits', async () => {
    await inDirectory(async (directory) => {
      writeFileSync(
        join(directory, 'owner-1'),
        JSON.stringify({ ...thisProcess(4711), pid: process.ppid, startedAt: startOfParent() }),
      );
      await assert.rejects(openLog(directory), { code: 'inUse' });
      assert.deepEqual(readdirSync(directory), ['owner-1']);
    });
  });

  it('gives the directory to one of many that want it at once', async () => {
    await inDirectory(async (directory) => {
      for (let round = 0; round < 20; round++) {
        writeFileSync(join(directory, 'owner-9'), JSON.stringify({ ...thisProcess(4711), boot: 'an earlier one' }));
        const taken = await Promise.allSettled(Array.from({ length: 8 }, () => DirectoryLock.take(directory)));
        const owners = taken.filter((one) => one.status === 'fulfilled');
        assert.equal(owners.length, 1);
        await owners[0].value.release();
      }
      assert.deepEqual(readdirSync(directory), []);
    });
  });

  it('stops with an error when the directory was taken over, and stores nothing any more', async () => {
    await inDirectory(async (directory) => {
      const log = await openLog(directory);
      await log.append(appendOf('a', noStream, 1, 'mine'));
      await takeOver(directory);
      await assert.rejects(log.append(appendOf('a', 0, 1, 'late')), { code: 'inUse' });
      assert.equal((await log.failed).code, 'inUse');
      assert.equal(await log.head(), 1);
      await log.close();
      const reader = await readLog(directory);
      assert.equal(await reader.head(), 1);
      await reader.close();
    });
  });
});

describe('reading beside a writer', () => {
  it('reads by stream and by position what the writer sees, larger than one answer', async () => {
    await inDirectory(async (directory) => {
      const log = await openLog(directory);
      await log.append(appendOf('a', noStream, 40, 'big', 'x'.repeat(30_000)));
      await log.append(appendOf('b & c', noStream, 2));
      const reader = await readLog(directory);
      assert.deepEqual(await reader.readAll(0, 100), await log.readAll(0, 100));
      assert.deepEqual(await reader.read('a', 3, 4), await log.read('a', 3, 4));
      assert.deepEqual(await reader.read('b & c', 0, 9), await log.read('b & c', 0, 9));
      assert.deepEqual(await reader.readAt(42), await log.readAt(42));
      assert.deepEqual(
        [await reader.readAt(43), await reader.readAll(42, 5), await reader.head()],
        [undefined, [], 42],
      );
      await log.close();
      await assert.rejects(reader.head(), { code: 'closed' });
    });
  });

  it('needs no ownership, sees what becomes durable, and writes nothing', async () => {
    await inDirectory(async (directory) => {
      const writer = startWriter(directory);
      await writer.reached(10);
      const reader = await readLog(directory);
      const { position } = writer.acknowledged[9];
      assert.ok((await reader.head()) >= position);
      assert.equal((await reader.readAll(0, position)).length, position);
      await assert.rejects(reader.append(appendOf('z', noStream, 1)), { code: 'notWritable' });
      const before = writer.acknowledged.length;
      await writer.reached(before + 20);
      assert.ok((await reader.head()) >= writer.acknowledged[before + 19].position);
      await reader.close();
      writer.process.kill('SIGKILL');
      await writer.ended;
      assert.equal(writer.failure(), undefined);
    });
  });

  it('opens at any moment of a writer, however fast that is, and costs it nothing', async () => {
    await inDirectory(async (directory) => {
      const writer = startWriter(directory);
      await writer.reached(1);
      for (let look = 0; look < 200; look++) {
        const reader = await readLog(directory);
        const head = await reader.head();
        assert.equal((await reader.readAll(head - 3, 3)).length, 3);
        await reader.close();
      }
      writer.process.kill('SIGKILL');
      await writer.ended;
      await assertHolds(directory, writer.acknowledged);
    });
  });

  it('works when nobody writes, and says so when there is no log', async () => {
    await inDirectory(async (directory) => {
      await assert.rejects(readLog(directory), { code: 'damaged' });
      const log = await openLog(directory);
      await log.append(appendOf('a', noStream, 3));
      await log.close();
      const reader = await readLog(directory);
      assert.equal((await reader.readAll(0, 10)).length, 3);
      await reader.close();
    });
  });
});

/** As proc(5) says; the owner has to be another living process than this one. */
const startOfParent = (): string => {
  const stat = readFileSync(`/proc/${String(process.ppid)}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
};

/** Takes the environment over past the log, as a process would that holds the owner for dead. */
const takeOver = async (directory: string): Promise<void> => {
  const environment = open({ path: directory, noSubdir: false, overlappingSync: false });
  Fence.raise(environment, 4711);
  await environment.close();
};
