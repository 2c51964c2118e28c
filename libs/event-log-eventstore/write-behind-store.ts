import { GroupCommit } from '#event-sourcing/record-log/group-commit.js';
import type { LogRecord, RecordStore } from '#event-sourcing/record-log/record-store.js';

/** What may wait for the disk, in bytes of records; whoever writes more waits, too. */
const mostBytesAhead = 16 << 20;

/**
 * Write behind: records that can be read before they are on disk. Only for a copy of what is durable elsewhere: whoever
 * has been answered from here loses nothing when this disk does not get it, and a start reads what is missing once
 * more.
 */
export class WriteBehindStore implements RecordStore {
  /** Resolves if the disk could not take something. */
  readonly failed: Promise<unknown>;
  private readonly ahead = new Map<number, LogRecord>();
  private readonly aheadInStreams = new Map<string, LogRecord[]>();
  private readonly writes = new GroupCommit<LogRecord>((records) => this.writeOut(records));
  private reportFailure: (error: unknown) => void = () => undefined;
  private failure: { readonly cause: unknown } | undefined;
  private last: number;
  private bytesAhead = 0;

  constructor(private readonly disk: RecordStore) {
    this.last = disk.head();
    this.failed = new Promise((resolve) => (this.reportFailure = resolve));
  }

  head(): number {
    return this.last;
  }

  get(position: number): Uint8Array | undefined {
    return this.ahead.get(position)?.bytes ?? this.disk.get(position);
  }

  streamHead(stream: string): number {
    return this.aheadInStreams.get(stream)?.at(-1)?.event.revision ?? this.disk.streamHead(stream);
  }

  positions(stream: string, from: number, limit: number): readonly number[] {
    const written = this.disk.positions(stream, from, limit);
    const ahead = this.aheadInStreams.get(stream);
    if (ahead === undefined) return written;
    // Revisions have no gaps, and the disk may show what it has not confirmed yet.
    const first = Math.max(0, from + written.length - ahead[0].event.revision);
    const more = ahead.slice(first, first + limit - written.length);
    return [...written, ...more.map(({ event }) => event.position)];
  }

  /** Resolves when they can be read, if not too much waits for the disk. Rejects when the disk could not take something. */
  async write(records: readonly LogRecord[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure.cause;
    for (const record of records) {
      const { position, stream } = record.event;
      this.ahead.set(position, record);
      const inStream = this.aheadInStreams.get(stream);
      if (inStream === undefined) this.aheadInStreams.set(stream, [record]);
      else inStream.push(record);
      this.bytesAhead += record.bytes.length;
      this.writes.add(record);
    }
    this.last += records.length;
    if (this.bytesAhead > mostBytesAhead) await this.writes.idle();
  }

  /** Resolves when everything that was written so far is on disk; rejects when the disk could not take it. */
  async written(): Promise<void> {
    if (this.failure !== undefined) throw this.failure.cause;
    await this.writes.idle();
  }

  async close(): Promise<void> {
    await this.writes.idle().catch(() => undefined);
    await this.disk.close();
  }

  private async writeOut(records: readonly LogRecord[]): Promise<void> {
    // What came behind something that is missing would leave a hole.
    if (this.failure !== undefined) throw this.failure.cause;
    try {
      await this.disk.write(records);
    } catch (error) {
      this.failure = { cause: error };
      this.reportFailure(error);
      throw error;
    }
    for (const { event, bytes } of records) {
      this.ahead.delete(event.position);
      this.bytesAhead -= bytes.length;
    }
    for (const stream of new Set(records.map(({ event }) => event.stream))) this.forgetWritten(stream);
  }

  private forgetWritten(stream: string): void {
    const left = this.aheadInStreams.get(stream)?.filter(({ event }) => this.ahead.has(event.position)) ?? [];
    if (left.length === 0) this.aheadInStreams.delete(stream);
    else this.aheadInStreams.set(stream, left);
  }
}
