import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { LogFailure } from '../ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import { decodeRecord } from './log-records.js';
import { StoredEventLog } from './stored-event-log.js';

/** Records whose index of streams cannot be read any more. */
class WithoutStreams extends MemoryRecords {
  override streamHead(): number {
    throw new LogFailure('damaged', 'The index of streams is damaged.');
  }
}

describe('a stored event log', () => {
  it('fails for good when it cannot be read where an append belongs', async () => {
    const log = new StoredEventLog(new WithoutStreams(), new SystemClock());
    await assert.rejects(log.append(appendOf('a', -1, 1)), { code: 'damaged' });
    assert.equal((await log.failed).detail, 'The index of streams is damaged.');
    await assert.rejects(log.append(appendOf('a', -1, 1)), { code: 'damaged' });
  });

  it('names the position of an event with a right checksum that is no event', async () => {
    const records = new MemoryRecords();
    const log = new StoredEventLog(records, new SystemClock());
    await log.append(appendOf('a', -1, 1));
    const [{ bytes }] = appendOf('a', -1, 1).events;
    const stored = Buffer.from(records.get(1) ?? assert.fail());
    for (const first of [0x05, 0xc1, 0x93]) {
      // Of the three that an event is packed as: a number, what is not used, and three that are nothing.
      stored.fill(0, stored.length - bytes.length);
      stored[stored.length - bytes.length] = first;
      stored.writeUInt32LE(crc32(stored.subarray(4)), 0);
      assert.throws(() => decodeRecord(1, stored), {
        code: 'damaged',
        message: /The event at position 1 cannot be trusted: it cannot be decoded/,
      });
    }
  });
});
