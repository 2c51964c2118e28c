import { noStream } from '#event-sourcing/ports/event-log.js';
import type { EventStoreCalls } from './calls.js';
import { requireOwnAppend } from './damaged.js';
import type { Namespace } from './namespace.js';
import { readLast } from './stream-reads.js';

/** Where a stream ends: as the log counts, event by event, and as the event store does, append by append. */
export interface StreamEnd {
  readonly revision: number;
  readonly storeRevision: number;
}

const notThere: StreamEnd = { revision: noStream, storeRevision: noStream };

const rememberedStreams = 20_000;

/**
 * Read-through cache: the ends of streams, as far as they are known; looked up in the event store if they must be
 * further on.
 */
export class StreamHeadCache {
  private readonly known = new Map<string, StreamEnd>();

  constructor(
    private readonly calls: EventStoreCalls,
    private readonly names: Namespace,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Where a stream ends that must have an event at the revision, or `noStream`; earlier if it has none there. It may have
   * gone on since. Rejects with `LogFailure`, `unavailable` when there was no answer in time.
   */
  async of(stream: string, revision: number, giveUpAtMs: number): Promise<StreamEnd> {
    const end = this.known.get(stream) ?? notThere;
    return end.revision >= revision ? end : this.lookUp(stream, giveUpAtMs);
  }

  /** Where a stream ends now. Rejects like `of`. */
  async lookUp(stream: string, giveUpAtMs: number): Promise<StreamEnd> {
    const last = await this.calls.untilAnswered({
      attempt: (client, timeoutMs) => readLast(client, this.names.streamOf(stream), timeoutMs),
      giveUpAtMs,
      signal: this.signal,
    });
    if (last === undefined) return notThere;
    const end = { revision: requireOwnAppend(last).last, storeRevision: Number(last.revision) };
    this.moved(stream, end);
    return end;
  }

  /** An append is known to be there. What is known to stand behind it is not forgotten for that. */
  moved(stream: string, end: StreamEnd): void {
    if ((this.known.get(stream)?.revision ?? noStream) > end.revision) return;
    if (this.known.size >= rememberedStreams && !this.known.has(stream)) this.known.clear();
    this.known.set(stream, end);
  }

  /** The event store may be another one by now, or what it was before. */
  forget(): void {
    this.known.clear();
  }
}
