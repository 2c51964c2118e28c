import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { AllStreamRecordedEvent, ReadPosition } from '@eventstore/db-client';
import { START } from '@eventstore/db-client';
import { RecordLog } from '#event-sourcing/record-log/record-log.js';
import type { LogRecord } from '#event-sourcing/record-log/record-store.js';
import { type Append, type AppendOutcome, LogFailure, type Outage } from '#event-sourcing/ports/event-log.js';
import { WriteBehindStore } from './write-behind-store.js';
import { RevisionWaiters } from './revision-waiters.js';
import { closeOnError } from './close-on-error.js';
import { type Connect, connector } from './client.js';
import { EventStoreCalls } from './calls.js';
import { asCopyDamage, requireOwnAppend } from './damaged.js';
import { CatchUpSubscription } from './catch-up-subscription.js';
import { LogCopy } from './log-copy.js';
import { namespace, type Namespace } from './namespace.js';
import { PendingAppend } from './pending-append.js';
import { AppendPipeline } from './append-pipeline.js';
import { positionAfter } from './resume.js';
import { notSeen, reachDetail } from './unavailable.js';
import { patient, type EventStoreSettings, type RetryPolicy } from './settings.js';
import { readHead } from './store-head.js';
import type { EventStoreClient } from './vendor-internals.js';
import { withTimeout } from './with-timeout.js';

/**
 * Log replica: the event log in an event store that others share. Appends go there at exact revisions; what is there
 * comes back by a subscription into a copy, in which positions are counted and from which everything is read. An append
 * is answered from the copy, so whoever has the answer finds its events: see docs/adr/0017-event-store.md.
 */
export class EventStoreEventLog extends RecordLog {
  readonly isShared = true;
  private readonly names: Namespace;
  private readonly patience: RetryPolicy;
  private readonly connect: Connect;
  private readonly calls: EventStoreCalls;
  private readonly placing: AppendPipeline;
  private readonly follower: CatchUpSubscription;
  private readonly ahead: WriteBehindStore;
  private readonly copy: LogCopy;
  private readonly arrivals = new RevisionWaiters((stream) => this.store.streamHead(stream));
  private readonly writer = randomUUID();
  /** Commit position up to which everything of ours is known to be in the copy, whoever wrote there. */
  private lookedTo = -1n;
  private appends = 0;
  private readonly underWay = new Map<string, PendingAppend>();
  private readonly abandoned = new AbortController();

  private constructor(settings: EventStoreSettings) {
    const copy = new WriteBehindStore(settings.copy);
    super(copy);
    this.ahead = copy;
    void copy.failed.then((error) => this.fail(error));
    // As many as rest between two tries.
    setMaxListeners(0, this.abandoned.signal);
    this.names = namespace(settings.namespace);
    this.patience = settings.retryPolicy ?? patient;
    this.connect = connector(settings.connectionString);
    this.calls = new EventStoreCalls(this.connect, this.patience, () => {
      if (this.follower.lost === undefined) this.follower.reconnectIfStalled();
    });
    const seen = {
      streamHead: (stream: string) => this.store.streamHead(stream),
      reached: (stream: string, revision: number) => this.reached(stream, revision),
    };
    this.placing = new AppendPipeline(this.calls, this.names, seen, this.abandoned.signal);
    this.copy = new LogCopy(this.store, this.commits, this.names, this.patience.attemptMs);
    this.follower = new CatchUpSubscription({
      connect: this.connect,
      prefix: this.names.prefix,
      retryPolicy: this.patience,
      resumeFrom: () => this.resumeFrom(),
      begins: () => this.placing.ends.forget(),
      take: (event, client) => this.take(event, client),
      failed: (failure) => this.fail(failure),
    });
    void this.failed.then((failure) => {
      this.abandoned.abort();
      this.arrivals.abandon(failure);
      void this.follower.stop();
    });
  }

  /**
   * Resolves when everything that is in the event store is in the copy, too. Rejects with `LogFailure`, `unavailable`
   * or `damaged`, which says what to do, and with `RangeError` for settings that cannot be used. The copy is closed then.
   */
  static async open(settings: EventStoreSettings): Promise<EventStoreEventLog> {
    const log = await closeOnError(settings.copy, () => new EventStoreEventLog(settings));
    const failed = log.failed.then((failure) => Promise.reject(failure));
    try {
      // A copy that cannot be written fails the log, of which a start that waits for events knows nothing.
      await Promise.race([failed, log.follower.started]);
      await Promise.race([failed, log.flushed()]);
      if (log.failure !== undefined) throw log.failure;
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    this.requireReady(appends);
    const pending = this.beginAll(appends);
    const results = await Promise.allSettled(pending.map(({ settled }) => settled));
    for (const { name } of pending) this.underWay.delete(name);
    const rejected = results.find((result) => result.status === 'rejected');
    if (rejected !== undefined) throw rejected.reason;
    // `head()` has to be as far as what is answered.
    await this.commits.idle();
    return this.trusted(() => pending.map((each) => this.outcomeOf(each)));
  }

  async latest(): Promise<number> {
    this.requireReady([]);
    const { takenUpTo } = this.follower;
    const known = takenUpTo > this.lookedTo ? takenUpTo : this.lookedTo;
    const { last, end } = await this.calls.untilAnswered({
      attempt: (client, timeoutMs) => readHead(client, this.names.prefix, known, timeoutMs),
      giveUpAtMs: this.isLongLost() ? performance.now() : performance.now() + this.patience.giveUpMs,
      signal: this.abandoned.signal,
    });
    if (last !== undefined) await this.reached(this.names.nameOf(last.streamId), requireOwnAppend(last).last);
    // What was taken may still wait for its write.
    await this.commits.idle();
    if (end > this.lookedTo) this.lookedTo = end;
    return this.head();
  }

  async flushed(): Promise<void> {
    await this.commits.idle();
    await this.ahead.written();
  }

  outOfReach(): Outage | undefined {
    const { lost } = this.follower;
    return lost && { forMs: performance.now() - lost.sinceMs, detail: reachDetail(lost.cause) };
  }

  protected written(records: readonly LogRecord[]): void {
    this.copy.forgetWritten();
    for (const { event } of records) this.arrivals.arrived(event.stream, event.revision);
  }

  protected override fail(error: unknown): LogFailure {
    return super.fail(asCopyDamage(error));
  }

  protected async settled(): Promise<void> {
    await this.placing.drained();
    await Promise.allSettled([...this.underWay.values()].map(({ settled }) => settled));
    await this.follower.stop();
    this.calls.close();
    await this.commits.idle().catch(() => undefined);
  }

  /** Queues all of them at once; one of another stream waits for the one before it, so that the log keeps their order. */
  private beginAll(appends: readonly Append[]): readonly PendingAppend[] {
    const pending: PendingAppend[] = [];
    const giveUpAtMs = performance.now() + this.patience.giveUpMs;
    for (const append of appends) {
      const before = pending.at(-1);
      const after = before?.append.stream === append.stream ? before.after : before;
      const next = new PendingAppend(append, `${this.writer}/${String(++this.appends)}`, giveUpAtMs, after);
      pending.push(next);
      this.underWay.set(next.name, next);
    }
    for (const each of pending) this.placing.add(each);
    return pending;
  }

  private outcomeOf({ append, isStored, revision }: PendingAppend): AppendOutcome {
    if (!isStored) return this.compareWithStored(append);
    const [position] = this.store.positions(append.stream, revision, 1);
    return { code: 'stored', revision, position, repeated: false };
  }

  private async reached(stream: string, revision: number): Promise<void> {
    const { attemptMs, giveUpMs } = this.patience;
    const { reached, leave } = this.arrivals.of(stream, revision);
    const nudge = setInterval(() => {
      this.follower.reconnectIfStalled();
    }, attemptMs);
    try {
      await withTimeout(giveUpMs, reached);
    } catch (error) {
      throw error instanceof LogFailure ? error : notSeen(error);
    } finally {
      clearInterval(nudge);
      leave();
    }
  }

  // Whoever asks then need not wait for what has not come back for so long.
  private isLongLost(): boolean {
    return (this.outOfReach()?.forMs ?? 0) >= this.patience.giveUpMs;
  }

  private async resumeFrom(): Promise<ReadPosition> {
    const last = await this.readAt(await this.head());
    if (last === undefined) return START;
    return positionAfter(this.connect, this.names, last, this.patience.attemptMs);
  }

  private async take(event: AllStreamRecordedEvent, client: EventStoreClient): Promise<void> {
    const append = requireOwnAppend(event);
    const pending = this.underWay.get(append.append);
    if (pending !== undefined) pending.isStored = true;
    await this.copy.take(event, append, client);
    const end = { revision: append.last, storeRevision: Number(event.revision) };
    this.placing.ends.moved(this.names.nameOf(event.streamId), end);
  }
}
