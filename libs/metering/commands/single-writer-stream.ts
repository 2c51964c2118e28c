import { Injectable } from '@nestjs/common';
import { type AppendOutcome, EventLog, noStream, type ProposedEvent } from '#event-sourcing/ports/event-log.js';
import { WriterId } from '#event-sourcing/writer-id.js';
import { MeteringStreamsView } from '../domain/metering-streams.view.js';
import { retryOnConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import { Feed } from '#event-sourcing/feed/feed.js';

/**
 * Single writer: the stream this process meters into. No other process is meant to write to it: the revision is known
 * without asking, and appends are pipelined. When one went astray, because the store did not answer or because somebody
 * wrote there all the same, the revision is learned again from what is stored before the next one is sent.
 */
@Injectable()
export class SingleWriterStream {
  readonly name: string;
  private revision = noStream;
  private isOutOfSync = false;
  private resyncing: Promise<void> | undefined;
  private readonly underWay = new Set<Promise<AppendOutcome>>();

  constructor(
    private readonly log: EventLog,
    private readonly feed: Feed,
    private readonly meteringStreams: MeteringStreamsView,
    { name }: WriterId,
  ) {
    this.name = `metering-${name}`;
  }

  /** Must be called once the feed has caught up. */
  start(): void {
    this.revision = this.meteringStreams.revision(this.name);
  }

  /**
   * Appends an event behind those that are under way; resolves to its position when it is durable.
   *
   * @throws LogFailure when the log cannot go on or does not answer: it may be stored or not
   * @throws ConcurrencyConflict when somebody else keeps writing to this stream: it is not stored
   */
  append(event: ProposedEvent): Promise<number> {
    return retryOnConflict(this.name, async () => {
      while (this.isOutOfSync) await this.resynced();
      const outcome = await this.send(event);
      return outcome.code === 'stored' ? outcome.position : undefined;
    });
  }

  private async send(event: ProposedEvent): Promise<AppendOutcome> {
    const append = { stream: this.name, expectedRevision: this.revision++, events: [event] };
    const sending = this.log.append(append);
    this.underWay.add(sending);
    try {
      const outcome = await sending;
      if (outcome.code === 'revisionConflict') this.isOutOfSync = true;
      return outcome;
    } catch (error) {
      this.isOutOfSync = true;
      throw error;
    } finally {
      this.underWay.delete(sending);
    }
  }

  private resynced(): Promise<void> {
    this.resyncing ??= this.resync().finally(() => {
      this.resyncing = undefined;
    });
    return this.resyncing;
  }

  // What was sent behind the one that went astray has to be known first: nothing else is sent meanwhile.
  private async resync(): Promise<void> {
    await Promise.allSettled(this.underWay);
    await this.feed.reached(await this.log.head());
    this.revision = this.meteringStreams.revision(this.name);
    this.isOutOfSync = false;
  }
}
