import {
  EventLog,
  LogFailure,
  type Append,
  type AppendOutcome,
  type EventsListener,
  type StoredEvent,
  type Subscription,
} from '../ports/event-log.js';
import { GroupCommit } from './group-commit.js';
import { damagedAt, decodedRecord, openRecord, type OpenRecord } from './log-records.js';
import type { LogRecord, RecordStore } from './record-store.js';
import { Subscriber } from './subscriber.js';

/** Characters of a stream's name; the longest key a store has to take. */
const streamCharacters = 300;

/**
 * Event log: what every log over a record store does the same: it reads, hands events to subscribers, flushes in
 * groups, fails for good and closes. Where an event gets its place, and when an append is answered, is for the log that
 * extends it.
 */
export abstract class RecordLog extends EventLog {
  readonly failed: Promise<LogFailure>;
  protected readonly commits = new GroupCommit<LogRecord>((records) => this.write(records));
  protected failure: LogFailure | undefined;
  private readonly subscribers = new Set<Subscriber>();
  private reportFailure: (failure: LogFailure) => void = () => undefined;
  private closing: Promise<void> | undefined;

  constructor(protected readonly store: RecordStore) {
    super();
    this.failed = new Promise((resolve) => (this.reportFailure = resolve));
  }

  async append(append: Append): Promise<AppendOutcome> {
    const [outcome] = await this.appendMany([append]);
    return outcome;
  }

  async read(stream: string, from: number, limit: number): Promise<readonly StoredEvent[]> {
    return this.trusted(() => this.store.positions(stream, from, limit).map((position) => this.eventAt(position)));
  }

  async readAll(after: number, limit: number): Promise<readonly StoredEvent[]> {
    return this.trusted(() => this.readAfter(after, limit));
  }

  async readAt(position: number): Promise<StoredEvent | undefined> {
    return this.trusted(() => (this.isTaken(position) ? this.eventAt(position) : undefined));
  }

  async head(): Promise<number> {
    return this.store.head();
  }

  subscribe(after: number, listener: EventsListener): Subscription {
    const source = {
      head: () => this.store.head(),
      readAfter: (at: number, limit: number) => this.readAfter(at, limit),
    };
    const subscriber = new Subscriber(after, listener, source, (error) => this.fail(listenerFailure(error)));
    this.subscribers.add(subscriber);
    return {
      close: () => {
        this.subscribers.delete(subscriber);
        return subscriber.close();
      },
    };
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  /** Throws what is wrong with the appends themselves, and whatever keeps the log from taking any. */
  protected requireReady(appends: readonly Append[]): void {
    appends.forEach(requireWellFormed);
    if (this.closing !== undefined) throw new LogFailure('closed', 'The event log is closed: start the service again.');
    if (this.failure !== undefined) throw this.failure;
  }

  /** The outcome of an append that was not stored just now: the events that stand in its place decide. */
  protected compareWithStored({ stream, expectedRevision, events }: Append): AppendOutcome {
    const positions = this.store.positions(stream, expectedRevision + 1, events.length);
    const isRepeat =
      positions.length === events.length && events.every(({ id }, index) => this.recordAt(positions[index]).id === id);
    if (!isRepeat) return { code: 'revisionConflict', actualRevision: this.store.streamHead(stream) };
    const revision = expectedRevision + events.length;
    return { code: 'stored', revision, position: positions[positions.length - 1], repeated: true };
  }

  /** What is still to be done when records have become durable. */
  protected abstract written(records: readonly LogRecord[]): void;

  /** Resolves when everything that was accepted is with the record store. Must not reject. */
  protected abstract settled(): Promise<void>;

  protected trusted<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof LogFailure) this.fail(error);
      throw error;
    }
  }

  /** From here on nothing is acknowledged any more: what is known about the disk cannot be known better by trying. */
  protected fail(error: unknown): LogFailure {
    const failure =
      error instanceof LogFailure
        ? error
        : new LogFailure('damaged', 'The event log met an error it does not know; see its cause.', { cause: error });
    this.failure ??= failure;
    this.reportFailure(this.failure);
    return failure;
  }

  private async write(records: readonly LogRecord[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    try {
      await this.store.write(records);
    } catch (error) {
      throw this.fail(error);
    }
    this.written(records);
    const events = records.map(({ event }) => event);
    for (const subscriber of this.subscribers) subscriber.offer(events);
  }

  private readAfter(position: number, limit: number): readonly StoredEvent[] {
    const last = Math.min(this.store.head(), position + limit);
    const events: StoredEvent[] = [];
    for (let next = position + 1; next <= last; next++) events.push(this.eventAt(next));
    return events;
  }

  private eventAt(position: number): StoredEvent {
    return decodedRecord(this.recordAt(position));
  }

  private recordAt(position: number): OpenRecord {
    const bytes = this.store.get(position);
    if (bytes === undefined) throw damagedAt(position, 'it is missing');
    return openRecord(position, bytes);
  }

  private isTaken(position: number): boolean {
    return Number.isSafeInteger(position) && position >= 1 && position <= this.store.head();
  }

  private async finish(): Promise<void> {
    await this.settled();
    await Promise.all([...this.subscribers].map((subscriber) => subscriber.close()));
    await this.store.close();
  }
}

const requireWellFormed = ({ stream, events }: Append): void => {
  if (events.length === 0) throw new RangeError(`An append to "${stream}" needs at least one event`);
  if (stream.length === 0 || stream.length > streamCharacters) {
    throw new RangeError(
      `A stream's name has 1 to ${String(streamCharacters)} characters, not ${String(stream.length)}`,
    );
  }
};

const listenerFailure = (error: unknown): LogFailure =>
  error instanceof LogFailure
    ? error
    : new LogFailure('listenerFailed', 'A reader of the event log threw, which is a defect; see its cause.', {
        cause: error,
      });
