import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { encodeRecord } from '#event-sourcing/record-log/log-records.js';
import type { LogRecord } from '#event-sourcing/record-log/record-store.js';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { WriteBehindStore } from './write-behind-store.js';

/** A disk that writes when it is told to, and shows what it has not confirmed yet. */
class SlowDisk extends MemoryRecords {
  private confirm: (() => void) | undefined;
  private readonly waiting: { readonly records: readonly LogRecord[]; readonly done: (error?: Error) => void }[] = [];

  override write(records: readonly LogRecord[]): Promise<void> {
    return new Promise((resolve, reject) =>
      this.waiting.push({ records, done: (error) => (error === undefined ? resolve() : reject(error)) }),
    );
  }

  /** Confirms what it shows; if that is confirmed, it shows what it was given next. */
  async go(): Promise<void> {
    await nextTurn();
    if (this.confirm !== undefined) {
      this.confirm();
      this.confirm = undefined;
      return;
    }
    const next = this.waiting.shift();
    if (next === undefined) return;
    await super.write(next.records);
    this.confirm = next.done;
  }

  async break(): Promise<void> {
    await nextTurn();
    this.waiting.shift()?.done(new Error('no room'));
  }
}

/** The record that stands at a position, of one of three streams. */
const recordAt = (position: number, streams: ReadonlyMap<string, number>, stream: string): LogRecord => {
  const revision = streams.get(stream) ?? 0;
  const [{ id, type, data, meta, bytes }] = appendOf(stream, revision - 1, 1).events;
  const event = { position, stream, revision, id, type, data, meta, recordedAtMs: 1 };
  return { event, bytes: encodeRecord(event, bytes) };
};

describe('records ahead of the disk', () => {
  it('read as they would from a disk that has them all, however far it is behind', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const step = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant('disk' as const));
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40, size: 'max' }),
        fc.nat(5),
        fc.nat(5),
        async (steps, from, limit) => {
          const [slow, whole] = [new SlowDisk(), new MemoryRecords()];
          const records = new WriteBehindStore(slow);
          const revisions = new Map<string, number>();
          for (const each of steps) {
            if (each === 'disk') {
              await slow.go();
              continue;
            }
            const record = recordAt(whole.head() + 1, revisions, each);
            revisions.set(each, record.event.revision + 1);
            await records.write([record]);
            await whole.write([record]);
            assert.equal(records.head(), whole.head());
            for (const stream of ['a', 'b', 'c']) {
              assert.equal(records.streamHead(stream), whole.streamHead(stream));
              assert.deepEqual(records.positions(stream, from, limit), whole.positions(stream, from, limit));
            }
            for (let position = 0; position <= whole.head() + 1; position++) {
              assert.deepEqual(records.get(position), whole.get(position));
            }
          }
        },
      ),
      { seed, numRuns: runs(100, 2_000) },
    );
  });

  it('are all on disk when it is closed, and wait for it when they become too many', async () => {
    const disk = new SlowDisk();
    const records = new WriteBehindStore(disk);
    const large = { ...recordAt(1, new Map(), 'a'), bytes: Buffer.alloc((16 << 20) + 1) };
    let isWritten = false;
    const writing = records.write([large]).then(() => (isWritten = true));
    await nextTurn();
    assert.equal(isWritten, false);
    await disk.go();
    await disk.go();
    await writing;
    await records.write([recordAt(2, new Map(), 'b')]);
    const closing = records.close();
    await disk.go();
    await disk.go();
    await closing;
    assert.equal(disk.head(), 2);
  });

  it('tell when the disk could not take something, and leave no hole there', async () => {
    const disk = new SlowDisk();
    const records = new WriteBehindStore(disk);
    await records.write([recordAt(1, new Map(), 'a')]);
    await nextTurn();
    await records.write([recordAt(2, new Map(), 'b')]);
    await disk.break();
    assert.match(String(await records.failed), /no room/);
    await assert.rejects(records.write([recordAt(3, new Map(), 'c')]), /no room/);
    await assert.rejects(records.written(), /no room/);
    await disk.go();
    await disk.go();
    assert.equal(disk.head(), 0);
  });
});
