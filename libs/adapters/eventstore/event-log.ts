import { randomUUID } from 'node:crypto';
import type { AllStreamRecordedEvent, ReadPosition } from '@eventstore/db-client';
import { START } from '@eventstore/db-client';
import { RecordLog } from '#adapters/log/record-log.js';
import type { LogRecord } from '#adapters/log/record-store.js';
import { type Append, type AppendOutcome, LogFailure, type OutOfReach } from '#ports/event-log.js';
import { AppendSender } from './append-sender.js';
import { Arrivals } from './arrivals.js';
import { begun } from './begun.js';
import { Calls } from './calls.js';
import { type Connect, connector, type EventStoreClient } from './client.js';
import { Follower } from './follower.js';
import { Lanes } from './lanes.js';
import { LogCopy } from './log-copy.js';
import { namespace, type Namespace } from './namespace.js';
import { PendingAppend, requireFewEvents } from './pending-append.js';
import { sendParts } from './event-parts.js';
import { positionAfter } from './resume.js';
import { notSeen, reachDetail } from './unavailable.js';
import { patient, type EventStoreSettings, type Patience } from './settings.js';
import { readHead } from './store-head.js';
import { metadataOf } from './stored-form.js';
import { within } from './within.js';

/**
 * The event log in an event store that others share. Appends go there at exact revisions; what is there comes back by a
 * subscription into a copy, in which positions are counted and from which everything is read. An append is answered
 * from the copy, so whoever has the answer finds its events: see docs/adr/0017-event-store.md.
 */
export class EventStoreEventLog extends RecordLog {
  readonly isShared = true;
  private readonly names: Namespace;
  private readonly patience: Patience;
  private readonly connect: Connect;
  private readonly calls: Calls;
  private readonly sender: AppendSender;
  private readonly follower: Follower;
  private readonly copy: LogCopy;
  private readonly arrivals = new Arrivals((stream) => this.store.streamHead(stream));
  private readonly writer = randomUUID();
  /** Commit position up to which everything of ours is known to be in the copy, whoever wrote there. */
  private lookedTo = -1n;
  private appends = 0;
  private readonly underWay = new Map<string, PendingAppend>();
  private readonly lanes = new Lanes<PendingAppend>(
    (queue) => PendingAppend.group(queue),
    (group) => this.settle(group),
  );
  private readonly abandoned = new AbortController();

  private constructor(settings: EventStoreSettings) {
    super(settings.copy);
    this.names = namespace(settings.namespace);
    this.patience = settings.patience ?? patient;
    this.connect = connector(settings.connectionString);
    this.calls = new Calls(this.connect, this.patience, () => {
      if (this.follower.lost === undefined) this.follower.nudge();
    });
    this.sender = new AppendSender(this.calls);
    this.copy = new LogCopy(this.store, this.commits, this.names, this.patience.attemptMs);
    this.follower = new Follower({
      connect: this.connect,
      prefix: this.names.prefix,
      patience: this.patience,
      resumeFrom: () => this.resumeFrom(),
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
    const log = await begun(settings.copy, () => new EventStoreEventLog(settings));
    const failed = log.failed.then((failure) => Promise.reject(failure));
    try {
      // A copy that cannot be written fails the log, of which a start that waits for events knows nothing.
      await Promise.race([failed, log.follower.started]);
      await Promise.race([failed, log.commits.settled()]);
      if (log.failure !== undefined) throw log.failure;
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    this.requireReady(appends);
    appends.forEach(requireFewEvents);
    const pending = this.beginAll(appends);
    const results = await Promise.allSettled(pending.map(({ settled }) => settled));
    for (const { name } of pending) this.underWay.delete(name);
    const rejected = results.find((result) => result.status === 'rejected');
    if (rejected !== undefined) throw rejected.reason;
    // A store may show what it has not confirmed yet: `head()` has to be as far as what is answered.
    await this.commits.settled();
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
    if (last !== undefined) await this.reached(this.names.nameOf(last.streamId), Number(last.revision));
    // What was taken may still wait for its write.
    await this.commits.settled();
    if (end > this.lookedTo) this.lookedTo = end;
    return this.head();
  }

  outOfReach(): OutOfReach | undefined {
    const { lost } = this.follower;
    return lost && { forMs: performance.now() - lost.sinceMs, detail: reachDetail(lost.cause) };
  }

  protected written(records: readonly LogRecord[]): void {
    this.copy.forgetWritten();
    for (const { event } of records) this.arrivals.arrived(event.stream, event.revision);
  }

  protected async settled(): Promise<void> {
    await this.lanes.drained();
    await Promise.allSettled([...this.underWay.values()].map(({ settled }) => settled));
    await this.follower.stop();
    this.calls.shut();
    await this.commits.settled().catch(() => undefined);
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
    for (const each of pending) this.lanes.add(each.append.stream, each);
    return pending;
  }

  private outcomeOf({ append, isStored }: PendingAppend): AppendOutcome {
    const outcome = this.compareWithStored(append);
    return outcome.code === 'stored' ? { ...outcome, repeated: !isStored } : outcome;
  }

  /** Resolves when what comes behind the group in its stream may be sent: it need not have been seen yet. */
  private async settle(group: readonly PendingAppend[]): Promise<void> {
    const resolve = (): void => group.forEach((pending) => pending.resolve());
    const reject = (error: unknown): void => group.forEach((pending) => pending.reject(error));
    try {
      const placed = await this.place(group);
      if (placed === undefined) {
        for (const some of [group.slice(0, 1), group.slice(1)]) await this.settle(some);
        return;
      }
      for (const pending of group) pending.place();
      void placed.seen.then(resolve, reject);
    } catch (error) {
      reject(error);
    }
  }

  /**
   * Resolves when the event store has said what became of the group; `seen` then resolves when the copy says it, too.
   * Undefined if the first of several stands in the way.
   */
  private async place(group: readonly PendingAppend[]): Promise<{ readonly seen: Promise<void> } | undefined> {
    const [{ append, after, giveUpAtMs }] = group;
    await after?.placed;
    const { stream, expectedRevision } = append;
    const refused = group.length === 1 ? { seen: Promise.resolve() } : undefined;
    if (this.store.streamHead(stream) > expectedRevision) return refused;
    const road = { sender: this.sender, names: this.names };
    for (const { packed } of group) await sendParts(packed.large, road, giveUpAtMs, this.abandoned.signal);
    const events = group.flatMap(({ packed }) => packed.events);
    const sending = { stream: this.names.streamOf(stream), expectedRevision, events, giveUpAtMs };
    const outcome = await this.sender.send(sending, this.abandoned.signal);
    if (outcome.code === 'stored') return { seen: this.reached(stream, expectedRevision + events.length) };
    // What stands there instead is needed to judge those behind it.
    await this.reached(stream, outcome.actualRevision);
    return refused;
  }

  private async reached(stream: string, revision: number): Promise<void> {
    const { attemptMs, giveUpMs } = this.patience;
    const { reached, leave } = this.arrivals.of(stream, revision);
    const nudge = setInterval(() => {
      this.follower.nudge();
    }, attemptMs);
    try {
      await within(giveUpMs, reached);
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
    return positionAfter(this.connect, this.names.streamOf(last.stream), last, this.patience.attemptMs);
  }

  private async take(event: AllStreamRecordedEvent, client: EventStoreClient): Promise<void> {
    if (this.underWay.size > 0) {
      const pending = this.underWay.get(metadataOf(event.metadata)?.append ?? '');
      if (pending !== undefined) pending.isStored = true;
    }
    await this.copy.take(event, client);
  }
}
