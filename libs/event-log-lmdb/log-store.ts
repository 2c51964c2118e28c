import type { Database, RootDatabase } from 'lmdb';
import type { LogRecord, RecordStore } from '#event-sourcing/record-log/record-store.js';
import { LogFailure, noStream } from '#event-sourcing/ports/event-log.js';
import { causeOf } from './environment.js';
import type { Fence } from './fence.js';
import { type DirectoryLock, inUse } from './owner/directory-lock.js';
import { damagedFile, storageFailure } from './storage-failure.js';

/** Runs a commit: true when it is on disk, false when the directory belongs to somebody else. */
export type Flush = (commit: () => Promise<boolean>) => Promise<boolean>;

/** What it takes to write: the directory, the look at it in every commit, and the way to the disk. */
export interface Writing {
  readonly owner: DirectoryLock;
  readonly fence: Fence;
  readonly flush: Flush;
}

type StreamKey = [stream: string, revision: number];

/** Records in LMDB: `events` from position to bytes, `streams` from [stream, revision] to position. */
export class LogStore implements RecordStore {
  private readonly events: Database<Buffer, number>;
  private readonly streams: Database<Buffer, StreamKey>;
  private last: number;
  private failed = false;

  /** @param writing a store without it is for reading only */
  constructor(
    private readonly environment: RootDatabase,
    private readonly directory: string,
    private readonly writing: Writing | undefined,
  ) {
    this.events = environment.openDB<Buffer, number>({ name: 'events', encoding: 'binary' });
    this.streams = environment.openDB<Buffer, StreamKey>({ name: 'streams', encoding: 'binary' });
    this.last = this.lastStored();
    this.requireNoGap();
  }

  head(): number {
    return this.writing === undefined ? this.lastStored() : this.last;
  }

  get(position: number): Uint8Array | undefined {
    return this.trusted(() => {
      const bytes = this.events.getBinaryFast(position);
      return bytes?.subarray(0, bytes.length);
    });
  }

  streamHead(stream: string): number {
    const last = this.trusted(() => [
      ...this.streams.getKeys({ start: [stream, Infinity], end: [stream, noStream], reverse: true, limit: 1 }),
    ]).at(0);
    return last === undefined ? noStream : last[1];
  }

  positions(stream: string, from: number, limit: number): readonly number[] {
    const range = { start: [stream, from], end: [stream, Infinity], limit };
    return this.trusted(() => [...this.streams.getRange(range).map(({ value }) => value.readDoubleLE(0))]);
  }

  async write(records: readonly LogRecord[]): Promise<void> {
    const { writing } = this;
    if (writing === undefined) throw new LogFailure('notWritable', `${this.directory} was opened for reading only.`);
    try {
      const isOurs = await writing.flush(() => writing.fence.commit(() => this.put(records)));
      if (!isOurs) throw inUse(this.directory);
      this.last += records.length;
    } catch (error) {
      this.failed = true;
      throw storageFailure(await causeOf(error), this.directory, 'writing');
    }
  }

  async close(): Promise<void> {
    try {
      await this.environment.close();
    } finally {
      if (this.failed) await this.writing?.owner.abandon();
      else await this.writing?.owner.release();
    }
  }

  private put(records: readonly LogRecord[]): void {
    const positions = Buffer.allocUnsafeSlow(records.length * 8);
    records.forEach(({ event, bytes }, index) => {
      positions.writeDoubleLE(event.position, index * 8);
      void this.events.put(event.position, bytes);
      void this.streams.put([event.stream, event.revision], positions.subarray(index * 8, index * 8 + 8));
    });
  }

  private lastStored(): number {
    return this.trusted(() => [...this.events.getKeys({ reverse: true, limit: 1 })]).at(0) ?? 0;
  }

  /** Positions have no gaps, so the last one is how many there are. */
  private requireNoGap(): void {
    const stored = this.events.getStats();
    if ('entryCount' in stored && Number(stored.entryCount) === this.last) return;
    let position = 1;
    while (this.events.doesExist(position)) position++;
    throw damagedFile(this.directory, `the event at position ${String(position)} is missing`);
  }

  private trusted<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw storageFailure(error, this.directory, 'reading');
    }
  }
}
