import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { open } from 'lmdb';
import { EmbeddedEventLog } from '#adapters/embedded/event-log.js';
import { SystemClock } from '#adapters/system/clock.js';
import { noStream } from '#ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import { assertHolds, inDirectory, startWriter } from './log-processes.js';

const openLog = (directory: string, readOnly = false) =>
  EmbeddedEventLog.open({ directory, clock: new SystemClock(), readOnly });

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
      const owner = { pid: process.ppid, startedAt: '1', boot: bootOf(), pidSpace: pidSpaceOf(), host: 'here' };
      for (const gone of [owner, { ...owner, boot: 'an earlier one' }, { ...owner, pid: process.pid }]) {
        await writeOwner(directory, gone);
        const log = await openLog(directory);
        await log.close();
      }
    });
  });

  it('stops with an error when the directory was taken over, and stores nothing any more', async () => {
    await inDirectory(async (directory) => {
      const log = await openLog(directory);
      await log.append(appendOf('a', noStream, 1, 'mine'));
      await writeOwner(directory, { pid: 1, startedAt: '1', boot: bootOf(), pidSpace: pidSpaceOf(), host: 'there' });
      await assert.rejects(log.append(appendOf('a', 0, 1, 'late')), { code: 'inUse' });
      assert.equal((await log.failed).code, 'inUse');
      assert.equal(await log.head(), 1);
      await log.close();
      const reader = await openLog(directory, true);
      assert.equal(await reader.head(), 1);
      await reader.close();
    });
  });
});

describe('reading beside a writer', () => {
  it('needs no ownership, sees what becomes durable, and writes nothing', async () => {
    await inDirectory(async (directory) => {
      const writer = startWriter(directory);
      await writer.reached(10);
      const reader = await openLog(directory, true);
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

  it('opens at any moment of a writer, however fast that is', async () => {
    await inDirectory(async (directory) => {
      const writer = startWriter(directory);
      await writer.reached(1);
      for (let look = 0; look < 200; look++) {
        const reader = await openLog(directory, true);
        const head = await reader.head();
        assert.equal((await reader.readAll(head - 3, 3)).length, 3);
        await reader.close();
      }
    });
  });

  it('works when nobody writes, and says so when there is no log', async () => {
    await inDirectory(async (directory) => {
      await assert.rejects(openLog(directory, true), { code: 'damaged' });
      const log = await openLog(directory);
      await log.append(appendOf('a', noStream, 3));
      await log.close();
      const reader = await openLog(directory, true);
      assert.equal((await reader.readAll(0, 10)).length, 3);
      await reader.close();
    });
  });
});

const bootOf = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const pidSpaceOf = (): string => readlinkSync('/proc/self/ns/pid');

/** Writes an owner past the log, as a process that took the directory over would. */
const writeOwner = async (directory: string, owner: object): Promise<void> => {
  const environment = open({ path: directory, noSubdir: false, overlappingSync: false });
  const owners = environment.openDB<object, string>({ name: 'owner', encoding: 'json', useVersions: true });
  await owners.put('owner', owner, 4711);
  await environment.close();
};
