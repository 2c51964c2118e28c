import assert from 'node:assert/strict';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { noStream } from '#event-sourcing/ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import { everythingIn, withProcesses } from '#test/eventstore/processes.js';
import { CopyDamaged } from './damaged.js';

/** A copy on a disk that goes bad. */
class BadDisk extends MemoryRecords {
  badAt = 0;

  override get(position: number): Buffer | undefined {
    const bytes = super.get(position);
    if (position !== this.badAt || bytes === undefined) return bytes;
    const bad = Buffer.from(bytes);
    bad[40] ^= 1;
    return bad;
  }
}

describe('a damaged copy of the log', () => {
  it('ends the log, says that it is the copy, and is read anew from the event store', () =>
    withProcesses(async ({ open }) => {
      const copy = new BadDisk();
      const log = await open(copy);
      await log.append(appendOf('a', noStream, 3));
      await log.flushed();
      copy.badAt = 2;
      await assert.rejects(log.readAt(2), { code: 'damaged' });
      const failure = await log.failed;
      assert.ok(failure instanceof CopyDamaged);
      assert.match(failure.detail, /The copy of the log on this machine is damaged \(.*position 2.*start again/);
      await assert.rejects(log.append(appendOf('a', 2, 1)), { code: 'damaged' });
      assert.deepEqual(
        (await everythingIn(await open())).map(({ position }) => position),
        [1, 2, 3],
      );
    }));
});
