import assert from 'node:assert/strict';
import { join } from 'node:path';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { noStream } from '#event-sourcing/ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import { itWhen } from '#test/support/it-when.js';
import { canMount, mountFailingDisk } from './disks.js';
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

  const itOnDisk = itWhen(canMount(mountFailingDisk), 'a disk that fails needs root and loop devices');
  itOnDisk('ends the process when a real disk loses its writes', async () => {
    await inDirectory(async (directory) => {
      const disk = mountFailingDisk(directory);
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
