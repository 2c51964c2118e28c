import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { EmbeddedEventLog } from '#adapters/embedded/event-log.js';
import { SystemClock } from '#adapters/system/clock.js';
import { noStream } from '#ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import { inDirectory, startWriter } from './log-processes.js';

const ioError = (): Error => Object.assign(new Error('Input/output error'), { code: 5 });

describe('F17: a failed flush', () => {
  it('ends acknowledging for ever, for those who wait and for those who come', async () => {
    await inDirectory(async (directory) => {
      let isBroken = false;
      let attempts = 0;
      const log = await EmbeddedEventLog.open({
        directory,
        clock: new SystemClock(),
        // The commit itself succeeds: what the disk said of the flush decides, not what could be read afterwards.
        flush: async (commit) => {
          attempts++;
          const isOurs = await commit();
          if (isBroken) throw ioError();
          return isOurs;
        },
      });
      const seen: number[] = [];
      log.subscribe(0, (events) => void seen.push(...events.map(({ position }) => position)));
      assert.equal((await log.append(appendOf('a', noStream, 1))).code, 'stored');
      isBroken = true;
      const flushed = log.append(appendOf('a', 0, 1));
      const waiting = Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => log.append(appendOf('b', noStream, 1)));
      const results = await Promise.allSettled([flushed, waiting]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['rejected', 'rejected'],
      );
      isBroken = false;
      assert.equal((await log.failed).code, 'flushFailed');
      assert.match((await log.failed).detail, /did not confirm a write.*nothing unconfirmed was acknowledged/);
      const before = attempts;
      await assert.rejects(log.append(appendOf('c', noStream, 1)), { code: 'flushFailed' });
      await log.close();
      assert.equal(attempts, before, 'a failed flush must not be tried again');
      assert.deepEqual(seen, [1]);
    });
  });

  it('ends the process when a real disk loses its writes', async (test) => {
    await inDirectory(async (directory) => {
      const disk = mountFailingDisk(directory);
      if (disk === undefined) {
        test.skip('a disk that fails needs root and loop devices');
        return;
      }
      try {
        const options = { eventsPerAppend: 1, textCharacters: 50_000 };
        const writer = startWriter(join(disk.at, 'log'), options);
        assert.equal(await writer.ended, 1);
        assert.match(writer.failure() ?? '', /^(flushFailed|full) /);
        assert.ok(writer.acknowledged.length > 0);
      } finally {
        disk.unmount();
      }
    });
  });
});

/**
 * A file system that promises 64 MiB on a device that has 8: writes into the page cache succeed, and it is the flush
 * that fails. Undefined where this user may not make one.
 */
const mountFailingDisk = (directory: string): { at: string; unmount: () => void } | undefined => {
  const run = (command: string, ...words: string[]) =>
    execFileSync(command, words, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
  const small = join(directory, 'small');
  const at = join(directory, 'disk');
  const undo: (() => void)[] = [];
  const unmount = () => {
    while (undo.length > 0) undo.pop()?.();
  };
  mkdirSync(small);
  mkdirSync(at);
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small);
    undo.push(() => run('umount', small));
    const image = join(small, 'image');
    writeFileSync(image, '');
    truncateSync(image, 64 << 20);
    run('mkfs.ext4', '-q', '-O', '^has_journal', '-E', 'lazy_itable_init=1', image);
    const device = run('losetup', '--find', '--show', image);
    undo.push(() => run('losetup', '--detach', device));
    run('mount', device, at);
    undo.push(() => run('umount', at));
    return { at, unmount };
  } catch {
    unmount();
    return undefined;
  }
};
