import { createHash } from 'node:crypto';
import { StoreDamaged } from '#event-log-eventstore/damaged.js';
import type { LogRecord, RecordStore } from '#event-sourcing/record-log/record-store.js';
import type { LogFailure } from '#event-sourcing/ports/event-log.js';
import { noStream } from '#event-sourcing/ports/event-log.js';

/**
 * Stands where a process keeps its copy of the log, and keeps none: every event that comes is compared with the one at
 * its position in the log that was copied, byte by byte, with position, stream, revision, id, time, type, data and meta.
 * The first that differs is refused with `LogFailure` `damaged`, which says what to do.
 */
export class ComparedRecords implements RecordStore {
  private readonly hash = createHash('sha256');
  private readonly heads = new Map<string, number>();
  private last = 0;

  /**
   * @param original the log that was copied
   * @param name how the place that is compared is called in a refusal
   * @param compared is told how far it has come, as a position
   */
  constructor(
    private readonly original: RecordStore,
    private readonly name: string,
    private readonly compared: (position: number) => void,
  ) {}

  /** SHA-256 over all that has come and is in the original, too. Ends the comparison. */
  digest(): string {
    return this.hash.digest('hex');
  }

  /** How many have come, also those behind the end of the original. */
  head(): number {
    return this.last;
  }

  get(position: number): Uint8Array | undefined {
    return position <= this.last ? this.original.get(position) : undefined;
  }

  streamHead(stream: string): number {
    return this.heads.get(stream) ?? noStream;
  }

  positions(stream: string, from: number, limit: number): readonly number[] {
    return this.original.positions(stream, from, limit).filter((position) => position <= this.last);
  }

  async write(records: readonly LogRecord[]): Promise<void> {
    for (const { event, bytes } of records) {
      const { position, stream, revision } = event;
      if (position <= this.original.head()) {
        if (!bytes.equals(this.original.get(position) ?? new Uint8Array())) throw this.differs(position, stream);
        this.hash.update(bytes);
      }
      this.heads.set(stream, revision);
      this.last = position;
    }
    this.compared(this.last);
  }

  async close(): Promise<void> {
    // The original is whoever's opened it.
  }

  private differs(position: number, stream: string): LogFailure {
    return new StoreDamaged(
      'damaged',
      `${this.name} holds something else than this log: they differ from event ${String(position)} on, which is one of "${stream}" there. Choose another namespace with --namespace.`,
    );
  }
}
