import { setImmediate } from 'node:timers/promises';
import { StoredEventLog } from '#event-sourcing/record-log/stored-event-log.js';
import type { LogRecord, RecordStore } from '#event-sourcing/record-log/record-store.js';
import type { Clock } from '#event-sourcing/ports/clock.js';
import { noStream } from '#event-sourcing/ports/event-log.js';

/** An event log for tests. It keeps bytes and decodes them on every read, so that nobody can share an object with it. */
export class MemoryEventLog extends StoredEventLog {
  constructor(clock: Clock) {
    super(new MemoryRecords(), clock);
  }
}

/** Records in memory: bytes, in the order they came. */
export class MemoryRecords implements RecordStore {
  private readonly records: Buffer[] = [];
  private readonly streams = new Map<string, number[]>();

  head(): number {
    return this.records.length;
  }

  get(position: number): Buffer | undefined {
    return this.records[position - 1];
  }

  streamHead(stream: string): number {
    return (this.streams.get(stream)?.length ?? 0) + noStream;
  }

  positions(stream: string, from: number, limit: number): readonly number[] {
    return this.streams.get(stream)?.slice(from, from + limit) ?? [];
  }

  /** Takes its time like a disk does: what is written can be seen in a later turn only. */
  async write(records: readonly LogRecord[]): Promise<void> {
    await setImmediate();
    for (const { event, bytes } of records) {
      this.records.push(bytes);
      const positions = this.streams.get(event.stream);
      if (positions === undefined) this.streams.set(event.stream, [event.position]);
      else positions.push(event.position);
    }
  }

  async close(): Promise<void> {
    // What is in memory goes with the process.
  }
}
