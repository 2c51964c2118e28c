import type {
  Append,
  AppendOutcome,
  EventsListener,
  Outage,
  StoredEvent,
  Subscription,
} from '#event-sourcing/ports/event-log.js';
import { EventLog, LogFailure } from '#event-sourcing/ports/event-log.js';

/** What a process waits for that has died: it never comes. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/**
 * How appends fare: they arrive; are cut off before they arrive, or after, so that no answer comes; or another writer is
 * always faster.
 */
export type Way = 'open' | 'cut' | 'answersLost' | 'overtaken';

/** A log as one process sees it that may die: from then on it neither writes nor hears an answer. The log itself lives on. */
export class MortalLog extends EventLog {
  readonly failed;
  way: Way = 'open';
  /** How often it was asked where the log ends. */
  questions = 0;
  private died = false;
  private held: Promise<void> | undefined;
  private release: () => void = () => undefined;
  private readonly subscriptions: Subscription[] = [];

  /** @param isShared whether other processes append to it, too */
  constructor(
    private readonly log: EventLog,
    readonly isShared = log.isShared,
  ) {
    super();
    this.failed = log.failed;
  }

  /** Ends the process. What it has handed over may still be written, as it may after a real kill. */
  async die(): Promise<void> {
    this.died = true;
    this.resume();
    await Promise.all(this.subscriptions.map((subscription) => subscription.close()));
  }

  /** From now on the process hears nothing new, as one that was stopped: it may still write and read. */
  hold(): void {
    this.held ??= new Promise((resolve) => (this.release = resolve));
  }

  /** It goes on where it was. */
  resume(): void {
    this.held = undefined;
    this.release();
  }

  append = (append: Append): Promise<AppendOutcome> =>
    this.whileAlive(async () => {
      const [outcome] = await this.sent([append]);
      return outcome;
    });
  appendMany = (appends: readonly Append[]): Promise<readonly AppendOutcome[]> =>
    this.whileAlive(() => this.sent(appends));
  read = (stream: string, from: number, limit: number): Promise<readonly StoredEvent[]> =>
    this.whileAlive(() => this.log.read(stream, from, limit));
  readAll = (after: number, limit: number): Promise<readonly StoredEvent[]> =>
    this.whileAlive(() => this.log.readAll(after, limit));
  readAt = (position: number): Promise<StoredEvent | undefined> => this.whileAlive(() => this.log.readAt(position));
  head = (): Promise<number> => this.whileAlive(() => this.log.head());

  latest(): Promise<number> {
    this.questions++;
    return this.whileAlive(() => (this.isCutOff() ? Promise.reject(noAnswer()) : this.log.latest()));
  }
  flushed = (): Promise<void> => this.whileAlive(() => this.log.flushed());
  outOfReach(): Outage | undefined {
    return this.isCutOff() ? { forMs: 1_000, detail: 'The way to it is cut.' } : this.log.outOfReach();
  }

  subscribe(after: number, listener: EventsListener): Subscription {
    const subscription = this.log.subscribe(after, async (events) => {
      await this.held;
      if (!this.isDead()) await listener(events);
    });
    this.subscriptions.push(subscription);
    return subscription;
  }

  close(): Promise<void> {
    return this.die();
  }

  private isCutOff(): boolean {
    return this.way === 'cut' || this.way === 'answersLost';
  }

  private async sent(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    if (this.way === 'cut') throw noAnswer();
    if (this.way === 'overtaken') {
      return appends.map(({ expectedRevision }) => ({
        code: 'revisionConflict',
        actualRevision: expectedRevision + 1,
      }));
    }
    const outcomes = await this.log.appendMany(appends);
    if (this.isCutOff()) throw noAnswer();
    return outcomes;
  }

  private isDead(): boolean {
    return this.died;
  }

  private async whileAlive<T>(ask: () => Promise<T>): Promise<T> {
    if (this.isDead()) return never();
    const answer = await ask();
    return this.isDead() ? never() : answer;
  }
}

const noAnswer = (): LogFailure => new LogFailure('unavailable', 'The store did not answer.');
