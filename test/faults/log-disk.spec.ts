import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { noStream } from '#event-sourcing/ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import { itWhen } from '#test/support/it-when.js';
import { canMount, mountSmallDisk } from './disks.js';
import { assertHolds, inDirectory, startWriter } from './log-processes.js';

const clock = new SystemClock();

const itOnDisk = itWhen(
  canMount((directory) => mountSmallDisk(join(directory, 'disk'), '1m')),
  'mounting needs root',
);

/** A file system of a size, unmounted afterwards. */
const withSmallDisk = async (at: string, size: string, use: () => Promise<void>): Promise<void> => {
  const disk = mountSmallDisk(at, size);
  try {
    await use();
  } finally {
    disk.unmount();
  }
};

describe('a directory that cannot be written', () => {
  it('is refused with the path and what to do', async () => {
    await inDirectory(async (directory) => {
      writeFileSync(join(directory, 'file'), '');
      for (const path of [join(directory, 'file'), join(directory, 'file', 'log')]) {
        await assert.rejects(EmbeddedEventLog.open({ directory: path, clock }), (error) => {
          assert.ok(error instanceof Error && 'code' in error && error.code === 'notWritable', String(error));
          assert.match(error.message, /file.*cannot be written.*BURSAR_DATA_DIR/);
          return true;
        });
      }
    });
  });

  itOnDisk('is refused when the file system is mounted for reading only', async () => {
    await inDirectory(async (directory) => {
      const at = join(directory, 'disk');
      await withSmallDisk(at, '4m', async () => {
        const log = await EmbeddedEventLog.open({ directory: join(at, 'log'), clock });
        await log.append(appendOf('a', noStream, 1));
        await log.close();
        execFileSync('mount', ['-o', 'remount,ro', at]);
        for (const name of ['log', 'new']) {
          await assert.rejects(EmbeddedEventLog.open({ directory: join(at, name), clock }), { code: 'notWritable' });
        }
        const reader = await EmbeddedEventLog.read({ directory: join(at, 'log'), clock });
        assert.equal(await reader.head(), 1);
        await reader.close();
      });
    });
  });
});

describe('a full disk', () => {
  const options = { eventsPerAppend: 2, textCharacters: 20_000 };

  it('ends the writer with an error and takes nothing back, at the limit of a file (ulimit -f)', async () => {
    await inDirectory(async (directory) => {
      // Blocks of 512 or 1,024 bytes, as the shell has it: 1 or 2 MiB.
      const writer = startWriter(directory, { ...options, shell: 'ulimit -f 2048; exec' });
      assert.equal(await writer.ended, 1);
      assert.match(writer.failure() ?? '', /^full There is no space left for .*nothing that was acknowledged is lost/);
      assert.ok(writer.acknowledged.length > 10);
      await assertHolds(directory, writer.acknowledged, options);
      const again = startWriter(directory, { ...options, run: 'again' });
      await again.reached(20);
      again.process.kill('SIGKILL');
      await again.ended;
      await assertHolds(directory, [...writer.acknowledged, ...again.acknowledged], options);
    });
  });

  itOnDisk('ends the writer with an error and takes nothing back, on a file system without space', async () => {
    await inDirectory(async (directory) => {
      const at = join(directory, 'disk');
      await withSmallDisk(at, '3m', async () => {
        const log = join(at, 'log');
        const writer = startWriter(log, options);
        assert.equal(await writer.ended, 1);
        assert.match(writer.failure() ?? '', /^full /);
        assert.ok(writer.acknowledged.length > 10);
        cpSync(log, join(directory, 'copy'), { recursive: true, filter: (path) => !path.includes('door-') });
        await assertHolds(join(directory, 'copy'), writer.acknowledged, options);
        execFileSync('mount', ['-o', 'remount,size=6m', at]);
        const again = startWriter(log, { ...options, run: 'again' });
        await again.reached(10);
        again.process.kill('SIGKILL');
        await again.ended;
        await assertHolds(log, [...writer.acknowledged, ...again.acknowledged], options);
      });
    });
  });
});
