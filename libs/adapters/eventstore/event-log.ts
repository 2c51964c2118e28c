import { randomUUID } from 'node:crypto';
import type { AllStreamRecordedEvent, ReadPosition } from '@eventstore/db-client';
import { START } from '@eventstore/db-client';
import { RecordLog } from '#adapters/log/record-log.js';
import type { LogRecord } from '#adapters/log/record-store.js';
import { type Append, type AppendOutcome, LogFailure, type OutOfReach } from '#ports/event-log.js';
import { AppendSender } from './append-sender.js';
import { Arrivals } from './arrivals.js';
import { Calls } from './calls.js';
import { connector, type EventStoreClient } from './client.js';
import { Follower } from './follower.js';
import { Lanes } from './lanes.js';
import { LogCopy } from './log-copy.js';
import { namespace, type Namespace } from './namespace.js';
import { PendingAppend, requireFewEvents } from './pending-append.js';
import { partsOf } from './event-parts.js';
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
  private readonly names: Namespace;
  private readonly patience: Patience;
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
    const connect = connector(settings.connectionString);
    this.calls = new Calls(connect, this.patience, () => {
      if (this.follower.lost === undefined) this.follower.nudge();
    });
    this.sender = new AppendSender(this.calls);
    this.copy = new LogCopy(this.store, this.commits, this.names, this.patience.attemptMs);
    this.follower = new Follower({
      connect,
      prefix: this.names.prefix,
      patience: this.patience,
      resumeFrom: (client) => this.resumeFrom(client),
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
    const log = await begun(settings, () => new EventStoreEventLog(settings));
    try {
      await log.follower.started;
      await log.commits.settled();
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

  private async settle(group: readonly PendingAppend[]): Promise<void> {
    try {
      if (await this.place(group)) for (const { resolve } of group) resolve();
      else for (const some of [group.slice(0, 1), group.slice(1)]) await this.settle(some);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** Resolves to true when the copy says what became of the group, and to false if the first stands in the way. */
  private async place(group: readonly PendingAppend[]): Promise<boolean> {
    const [{ append, after, giveUpAtMs }] = group;
    await after?.settled.catch(() => undefined);
    const { stream, expectedRevision } = append;
    if (this.store.streamHead(stream) > expectedRevision) return group.length === 1;
    for (const pending of group) await this.storeParts(pending);
    const events = group.flatMap(({ packed }) => packed.events);
    const sending = { stream: this.names.streamOf(stream), expectedRevision, events, giveUpAtMs };
    const outcome = await this.sender.send(sending, this.abandoned.signal);
    const isStored = outcome.code === 'stored';
    await this.reached(stream, isStored ? expectedRevision + events.length : outcome.actualRevision);
    return isStored || group.length === 1;
  }

  private async storeParts({ packed, giveUpAtMs }: PendingAppend): Promise<void> {
    for (const { id, bytes } of packed.large) {
      const stream = this.names.partsOf(id);
      for (const [index, part] of partsOf(id, bytes).entries()) {
        const sending = { stream, expectedRevision: index - 1, events: [part], giveUpAtMs };
        const { code } = await this.sender.send(sending, this.abandoned.signal);
        if (code === 'conflict') {
          throw new LogFailure('damaged', `The stream "${stream}" holds something else than its event.`);
        }
      }
    }
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

  private async resumeFrom(client: EventStoreClient): Promise<ReadPosition> {
    const last = await this.readAt(await this.head());
    if (last === undefined) return START;
    return positionAfter(client, this.names.streamOf(last.stream), last, this.patience.attemptMs);
  }

  private async take(event: AllStreamRecordedEvent, client: EventStoreClient): Promise<void> {
    const append = metadataOf(event.metadata)?.append;
    const pending = append === undefined ? undefined : this.underWay.get(append);
    if (pending !== undefined) pending.isStored = true;
    await this.copy.take(event, client);
  }
}

const begun = async ({ copy }: EventStoreSettings, begin: () => EventStoreEventLog): Promise<EventStoreEventLog> => {
  try {
    return begin();
  } catch (error) {
    await copy.close();
    throw error;
  }
};
