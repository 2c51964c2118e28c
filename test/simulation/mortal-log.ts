import type { Append, AppendOutcome, EventsListener, StoredEvent, Subscription } from '#ports/event-log.js';
import { EventLog } from '#ports/event-log.js';

/** What a process waits for that has died: it never comes. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** A log as one process sees it that may die: from then on it neither writes nor hears an answer. The log itself lives on. */
export class MortalLog extends EventLog {
  readonly failed;
  private died = false;
  private held: Promise<void> | undefined;
  private release: () => void = () => undefined;
  private readonly subscriptions: Subscription[] = [];

  constructor(private readonly log: EventLog) {
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

  append = (append: Append): Promise<AppendOutcome> => this.whileAlive(() => this.log.append(append));
  appendMany = (appends: readonly Append[]): Promise<readonly AppendOutcome[]> =>
    this.whileAlive(() => this.log.appendMany(appends));
  read = (stream: string, from: number, limit: number): Promise<readonly StoredEvent[]> =>
    this.whileAlive(() => this.log.read(stream, from, limit));
  readAll = (after: number, limit: number): Promise<readonly StoredEvent[]> =>
    this.whileAlive(() => this.log.readAll(after, limit));
  readAt = (position: number): Promise<StoredEvent | undefined> => this.whileAlive(() => this.log.readAt(position));
  head = (): Promise<number> => this.whileAlive(() => this.log.head());

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

  private isDead(): boolean {
    return this.died;
  }

  private async whileAlive<T>(ask: () => Promise<T>): Promise<T> {
    if (this.isDead()) return never();
    const answer = await ask();
    return this.isDead() ? never() : answer;
  }
}
