import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Append,
  type AppendOutcome,
  EventLog,
  type EventsListener,
  LogFailure,
  type Outage,
  type StoredEvent,
  type Subscription,
} from '#event-sourcing/ports/event-log.js';

/** What becomes of an append that nobody hears of: it is lost, or stored, or stored a while after it was given up. */
export type Silence = 'lost' | 'stored' | 'storedLater';

const turnsLate = 20;

/** A log in a store elsewhere that does not always answer; the log itself goes on. */
export class UnsureLog extends EventLog {
  readonly failed;
  readonly isShared;
  /** For the next appends, one each; undefined is answered, and so are all after them. */
  readonly silences: (Silence | undefined)[] = [];
  private readonly late = new Set<Promise<unknown>>();

  constructor(private readonly log: EventLog) {
    super();
    this.failed = log.failed;
    this.isShared = log.isShared;
  }

  append = async (append: Append): Promise<AppendOutcome> => {
    const silence = this.silences.shift();
    if (silence === undefined) return this.log.append(append);
    if (silence === 'stored') await this.log.append(append);
    if (silence === 'storedLater') this.late.add(this.appendLater(append));
    throw new LogFailure('unavailable', 'The store did not answer.');
  };

  appendMany = (appends: readonly Append[]): Promise<readonly AppendOutcome[]> =>
    Promise.all(appends.map((append) => this.append(append)));
  read = (stream: string, from: number, limit: number): Promise<readonly StoredEvent[]> =>
    this.log.read(stream, from, limit);
  readAll = (after: number, limit: number): Promise<readonly StoredEvent[]> => this.log.readAll(after, limit);
  readAt = (position: number): Promise<StoredEvent | undefined> => this.log.readAt(position);
  latest = (): Promise<number> => this.log.latest();
  flushed = (): Promise<void> => this.log.flushed();
  outOfReach = (): Outage | undefined => this.log.outOfReach();
  head = (): Promise<number> => this.log.head();
  subscribe(after: number, listener: EventsListener): Subscription {
    return this.log.subscribe(after, listener);
  }
  close(): Promise<void> {
    return this.log.close();
  }

  /** Resolves when nothing is on its way any more. */
  async quiet(): Promise<void> {
    await Promise.all(this.late);
  }

  private async appendLater(append: Append): Promise<void> {
    for (let turn = 0; turn < turnsLate; turn++) await nextTurn();
    await this.log.append(append);
  }
}
