import { sendParts } from './append-parts.js';
import { AppendSender } from './append-sender.js';
import type { EventStoreCalls } from './calls.js';
import { KeyedQueues } from './keyed-queues.js';
import type { Namespace } from './namespace.js';
import { PendingAppend } from './pending-append.js';
import { type StreamEnd, StreamHeadCache } from './stream-head-cache.js';
import { endsEarly } from './unavailable.js';

/** What an append has to know of the copy of the log. */
export interface SeenStreams {
  /** Revision of the stream's last event in the copy, or `noStream`. */
  streamHead(stream: string): number;
  /** Resolves when the copy has the stream up to the revision. Rejects with `LogFailure`. */
  reached(stream: string, revision: number): Promise<void>;
}

/**
 * Pipeline: brings appends to their places in the event store: streams side by side, and in each one after the other.
 */
export class AppendPipeline {
  readonly ends: StreamHeadCache;
  private readonly sender: AppendSender;
  private readonly lanes = new KeyedQueues<PendingAppend>(
    (queue) => PendingAppend.group(queue),
    (group) => this.settle(group),
  );

  constructor(
    calls: EventStoreCalls,
    private readonly names: Namespace,
    private readonly seen: SeenStreams,
    private readonly signal: AbortSignal,
  ) {
    this.sender = new AppendSender(calls);
    this.ends = new StreamHeadCache(calls, names, signal);
  }

  /** Sends it when its turn has come, and settles it when the copy says what became of it. */
  add(pending: PendingAppend): void {
    this.lanes.add(pending.append.stream, pending);
  }

  /** Resolves when nothing is left to send. */
  drained(): Promise<void> {
    return this.lanes.drained();
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
    const seen = this.seen.streamHead(stream);
    if (seen > expectedRevision) return refused;
    let end = await this.ends.of(stream, expectedRevision, giveUpAtMs);
    if (end.revision === expectedRevision) {
      if (await this.send(group, end)) {
        const { revision } = group[group.length - 1];
        this.ends.moved(stream, { revision, storeRevision: end.storeRevision + group.length });
        return { seen: this.seen.reached(stream, revision) };
      }
      end = await this.ends.lookUp(stream, giveUpAtMs);
    }
    if (end.revision < seen) throw endsEarly(this.names.streamOf(stream));
    // What stands there instead is needed to judge those behind it.
    await this.seen.reached(stream, end.revision);
    return refused;
  }

  /** Whether the group is stored now, or was by the same ids; otherwise its stream ends elsewhere. */
  private async send(group: readonly PendingAppend[], { storeRevision }: StreamEnd): Promise<boolean> {
    const [{ append, giveUpAtMs }] = group;
    for (const { packed } of group) {
      if (packed.large !== undefined) {
        await sendParts(packed.large, { sender: this.sender, names: this.names }, giveUpAtMs, this.signal);
      }
    }
    const events = group.map(({ packed }) => packed.event);
    const stream = this.names.streamOf(append.stream);
    const outcome = await this.sender.send(
      { stream, expectedRevision: storeRevision, events, giveUpAtMs },
      this.signal,
    );
    return outcome === 'stored';
  }
}
