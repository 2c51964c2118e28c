import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, readSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { noStream } from '#event-sourcing/ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import { inDirectory } from './log-processes.js';

const openLog = (directory: string, readOnly = false) =>
  readOnly
    ? EmbeddedEventLog.read({ directory, clock: new SystemClock() })
    : EmbeddedEventLog.open({ directory, clock: new SystemClock() });

/** A closed log of 40 events in several commits, some inside of LMDB's tree pages and some on pages of their own. */
const withLog = (test: (directory: string, file: string) => Promise<void>): Promise<void> =>
  inDirectory(async (directory) => {
    const log = await openLog(directory);
    for (let append = 0; append < 10; append++) {
      const text = `marker ${String(append)} `.repeat(append % 2 === 0 ? 10 : 2000);
      await log.append(appendOf('a', append * 4 + noStream, 4, `append ${String(append)}`, text));
    }
    await log.close();
    await test(directory, join(directory, 'data.mdb'));
  });

const flip = (file: string, at: number): void => {
  const handle = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, at);
  writeSync(handle, Buffer.from([byte[0] ^ 0x10]), 0, 1, at);
  closeSync(handle);
};

const assertDamaged = async (directory: string, what: RegExp): Promise<void> => {
  for (const readOnly of [false, true]) {
    await assert.rejects(openLog(directory, readOnly), (error) => {
      assert.ok(error instanceof Error && 'code' in error && error.code === 'damaged', String(error));
      assert.match(error.message, what);
      assert.match(error.message, /Restore the data directory from a backup/);
      return true;
    });
  }
};

describe('a damaged file', () => {
  it('is refused when it was cut off, at any page, instead of killing the process', async () => {
    await withLog(async (directory, file) => {
      const whole = readFileSync(file);
      const pages = whole.length / 4096;
      for (let kept = pages - 1; kept >= 0; kept -= 7) {
        for (const bytes of [kept * 4096, kept * 4096 + 100]) {
          if (bytes === 0) continue;
          writeFileSync(file, whole.subarray(0, bytes));
          await assertDamaged(
            directory,
            /data\.mdb (has \d+ pages of \d+: it was cut off|has a broken meta page|does not begin)/,
          );
        }
      }
    });
  });

  it('is opened when only free pages are missing at its end', async () => {
    await withLog(async (directory, file) => {
      const environment = open({ path: directory, noSubdir: false, overlappingSync: false });
      const scratch = environment.openDB<Buffer, string>({ name: 'scratch', encoding: 'binary' });
      const used = statSync(file).size;
      await scratch.put('large', Buffer.alloc(1 << 20));
      await scratch.remove('large');
      await environment.close();
      truncateSync(file, used + 8 * 4096);
      const log = await openLog(directory);
      assert.equal((await log.readAll(0, 100)).length, 40);
      assert.equal((await log.append(appendOf('a', 39, 3, 'more', 'x'.repeat(50_000)))).code, 'stored');
      await log.close();
      const again = await openLog(directory);
      assert.equal((await again.readAll(0, 100)).length, 43);
      await again.close();
    });
  });

  it('is refused when a meta page is broken', async () => {
    await withLog(async (directory, file) => {
      const whole = readFileSync(file);
      const magicAt = 24;
      const transactionAt = 152;
      const mainRootAt = 136;
      for (const page of [0, 4096]) {
        flip(file, page + magicAt);
        await assertDamaged(directory, page === 0 ? /does not begin with a meta page/ : /has a broken meta page/);
        writeFileSync(file, whole);
        flip(file, page + transactionAt + 1);
        await assertDamaged(directory, /meta pages that do not follow on each other/);
        writeFileSync(file, whole);
      }
      for (const page of [0, 4096]) flip(file, page + mainRootAt + 3);
      await assertDamaged(directory, /points nowhere/);
    });
  });

  it('is noticed at the very event that was changed, wherever LMDB keeps it', async () => {
    await withLog(async (directory, file) => {
      const whole = readFileSync(file);
      const before = await openLog(directory, true);
      const events = await before.readAll(0, 40);
      await before.close();
      for (const [position, within] of [
        [3, 100],
        [18, 0],
        [31, 9000],
      ]) {
        writeFileSync(file, whole);
        // LMDB leaves older copies of a page behind: all of them are changed.
        const { id } = events[position - 1];
        for (let at = whole.indexOf(id); at >= 0; at = whole.indexOf(id, at + 1)) flip(file, at + within);
        const log = await openLog(directory);
        const noticed: string[] = [];
        for (const event of events) {
          await log.readAt(event.position).catch((error: unknown) => noticed.push(String(error)));
        }
        assert.equal(noticed.length, 1);
        const what = `damaged: The event at position ${String(position)} cannot be trusted: its checksum does not fit`;
        assert.ok(noticed[0].includes(what), noticed[0]);
        assert.equal((await log.failed).code, 'damaged');
        await assert.rejects(log.append(appendOf('a', 39, 1, 'more')), { code: 'damaged' });
        await log.close();
      }
    });
  });

  it('is noticed by a subscriber, which gets nothing behind it', async () => {
    await withLog(async (directory, file) => {
      const environment = open({ path: directory, noSubdir: false, overlappingSync: false });
      const events = environment.openDB<Buffer, number>({ name: 'events', encoding: 'binary' });
      await events.put(30, events.get(31) ?? Buffer.alloc(0));
      await environment.close();
      assert.ok(statSync(file).size > 0);
      const log = await openLog(directory);
      let last = 0;
      log.subscribe(0, (batch) => void (last = batch[batch.length - 1].position));
      const failure = await log.failed;
      assert.match(failure.detail, /position 30 cannot be trusted: it says that it stands at 31/);
      assert.ok(last < 30);
      await log.close();
    });
  });

  it('is refused when a position is missing', async () => {
    await withLog(async (directory) => {
      const environment = open({ path: directory, noSubdir: false, overlappingSync: false });
      const events = environment.openDB<Buffer, number>({ name: 'events', encoding: 'binary' });
      await events.remove(17);
      await environment.close();
      await assertDamaged(directory, /the event at position 17 is missing/);
    });
  });

  it('is refused when it is no LMDB file', async () => {
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, 'data.mdb'), 'this is no store'.repeat(1000));
      await assertDamaged(directory, /does not begin with a meta page/);
    });
  });
});
