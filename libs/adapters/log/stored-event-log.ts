import type { Clock } from '#ports/clock.js';
import {
  EventLog,
  LogFailure,
  type Append,
  type AppendOutcome,
  type EventsListener,
  type StoredEvent,
  type Subscription,
} from '#ports/event-log.js';
import { GroupCommit } from './group-commit.js';
import { damagedAt, decodeRecord, encodeRecord } from './log-records.js';
import type { LogRecord, RecordStore } from './record-store.js';
import { StreamHeads } from './stream-heads.js';
import { Subscriber } from './subscriber.js';

/** Characters of a stream's name; the longest key a store has to take. */
const streamCharacters = 300;

/**
 * An event log over a record store: one writer, group commit, live subscribers. An append gets its positions when it
 * is accepted and its outcome when it is durable; the heads it is checked against include what is on its way.
 */
export class StoredEventLog extends EventLog {
  readonly failed: Promise<LogFailure>;
  private readonly commits = new GroupCommit<LogRecord>((records) => this.write(records));
  private readonly heads: StreamHeads;
  private readonly subscribers = new Set<Subscriber>();
  private failure: LogFailure | undefined;
  private reportFailure: (failure: LogFailure) => void = () => undefined;
  private closing: Promise<void> | undefined;
  private acceptedPosition: number;

  constructor(
    private readonly store: RecordStore,
    private readonly clock: Clock,
  ) {
    super();
    this.failed = new Promise((resolve) => (this.reportFailure = resolve));
    this.heads = new StreamHeads(store);
    this.acceptedPosition = store.head();
  }

  async append(append: Append): Promise<AppendOutcome> {
    const [outcome] = await this.appendMany([append]);
    return outcome;
  }

  async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    appends.forEach(requireWellFormed);
    if (this.closing !== undefined) throw new LogFailure('closed', 'The event log is closed: start the service again.');
    if (this.failure !== undefined) throw this.failure;
    const outcomes = appends.map((append) => this.accept(append));
    await this.commits.settled();
    return this.trusted(() => outcomes.map((outcome, index) => outcome ?? this.compareWithStored(appends[index])));
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

  /** The outcome that holds once the batch is durable, or undefined when it is for the stored events to say. */
  private accept(append: Append): AppendOutcome | undefined {
    if (this.heads.of(append.stream) !== append.expectedRevision) return undefined;
    const recordedAtMs = this.clock.now();
    let revision = append.expectedRevision;
    for (const { id, type, data, meta, bytes } of append.events) {
      const position = ++this.acceptedPosition;
      const event = { position, stream: append.stream, revision: ++revision, id, type, data, meta, recordedAtMs };
      this.commits.add({ event, bytes: encodeRecord(event, bytes) });
    }
    this.heads.accept(append.stream, revision);
    return { code: 'stored', revision, position: this.acceptedPosition, repeated: false };
  }

  private compareWithStored({ stream, expectedRevision, events }: Append): AppendOutcome {
    const positions = this.store.positions(stream, expectedRevision + 1, events.length);
    const isRepeat =
      positions.length === events.length && events.every(({ id }, index) => this.eventAt(positions[index]).id === id);
    if (!isRepeat) return { code: 'revisionConflict', actualRevision: this.store.streamHead(stream) };
    const revision = expectedRevision + events.length;
    return { code: 'stored', revision, position: positions[positions.length - 1], repeated: true };
  }

  private async write(records: readonly LogRecord[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    try {
      await this.store.write(records);
    } catch (error) {
      throw this.fail(error);
    }
    this.heads.forgetAllBut(this.commits.upcoming.map(({ event }) => event.stream));
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
    const bytes = this.store.get(position);
    if (bytes === undefined) throw damagedAt(position, 'it is missing');
    return decodeRecord(position, bytes);
  }

  private isTaken(position: number): boolean {
    return Number.isSafeInteger(position) && position >= 1 && position <= this.store.head();
  }

  private trusted<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof LogFailure) this.fail(error);
      throw error;
    }
  }

  /** From here on nothing is acknowledged any more: what is known about the disk cannot be known better by trying. */
  private fail(error: unknown): LogFailure {
    const failure =
      error instanceof LogFailure
        ? error
        : new LogFailure('damaged', 'The event log met an error it does not know; see its cause.', { cause: error });
    this.failure ??= failure;
    this.reportFailure(this.failure);
    return failure;
  }

  private async finish(): Promise<void> {
    await this.commits.settled().catch(() => undefined);
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
