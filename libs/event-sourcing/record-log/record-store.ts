import type { StoredEvent } from '../ports/event-log.js';

/** An event as it is handed to listeners, and the bytes it is stored as. */
export interface LogRecord {
  readonly event: StoredEvent;
  readonly bytes: Buffer;
}

/** Where a log keeps its records, at positions 1, 2, 3 and so on. It holds only what is durable, here or elsewhere. */
export interface RecordStore {
  /** Position of the last record, 0 when there is none. */
  head(): number;
  /** The stored bytes, valid until the next call. */
  get(position: number): Uint8Array | undefined;
  /** Revision of the last event of the stream, or `noStream`. */
  streamHead(stream: string): number;
  /** Positions of up to `limit` events of the stream, from revision `from` on. */
  positions(stream: string, from: number, limit: number): readonly number[];
  /** Stores all of them, or none and rejects with `LogFailure`. Resolves when they are durable and can be read. */
  write(records: readonly LogRecord[]): Promise<void>;
  close(): Promise<void>;
}
