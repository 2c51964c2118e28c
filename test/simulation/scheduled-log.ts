import type fc from 'fast-check';
import type {
  Append,
  AppendOutcome,
  EventsListener,
  Outage,
  StoredEvent,
  Subscription,
} from '#event-sourcing/ports/event-log.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';

/** A log whose answers come when a scheduler lets them: it chooses among all orders there are. */
export class ScheduledLog extends EventLog {
  readonly failed;
  readonly isShared;

  constructor(
    private readonly log: EventLog,
    private readonly scheduler: fc.Scheduler,
  ) {
    super();
    this.failed = log.failed;
    this.isShared = log.isShared;
  }

  append = (append: Append): Promise<AppendOutcome> => this.later(() => this.log.append(append));
  appendMany = (appends: readonly Append[]): Promise<readonly AppendOutcome[]> =>
    this.later(() => this.log.appendMany(appends));
  read = (stream: string, from: number, limit: number): Promise<readonly StoredEvent[]> =>
    this.log.read(stream, from, limit);
  readAll = (after: number, limit: number): Promise<readonly StoredEvent[]> => this.log.readAll(after, limit);
  readAt = (position: number): Promise<StoredEvent | undefined> => this.log.readAt(position);
  head = (): Promise<number> => this.log.head();
  latest = (): Promise<number> => this.later(() => this.log.latest());
  flushed = (): Promise<void> => this.log.flushed();
  outOfReach(): Outage | undefined {
    return this.log.outOfReach();
  }
  subscribe(after: number, listener: EventsListener): Subscription {
    return this.log.subscribe(after, listener);
  }
  close(): Promise<void> {
    return this.log.close();
  }

  private async later<T>(ask: () => Promise<T>): Promise<T> {
    await this.scheduler.schedule(Promise.resolve(), 'goes to the log');
    const answer = await ask();
    await this.scheduler.schedule(Promise.resolve(), 'the answer of the log');
    return answer;
  }
}
