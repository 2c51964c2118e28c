import {
  streamNameFilter,
  type AllStreamRecordedEvent,
  type AllStreamSubscription,
  type Position,
  type ReadPosition,
} from '@eventstore/db-client';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { backOff } from './backoff.js';
import type { Connect } from './client.js';
import type { RetryPolicy } from './settings.js';
import { StartWatch } from './start-watch.js';
import { type EventStoreClient, pushBehindEvents } from './vendor-internals.js';

export interface FollowerOptions {
  readonly connect: Connect;
  /** What the streams to follow begin with; all others belong to other applications. */
  readonly prefix: string;
  readonly retryPolicy: RetryPolicy;
  /** Where to go on from when nothing was followed yet. */
  readonly resumeFrom: () => Promise<ReadPosition>;
  /** Hears of every subscription before it is made: the event store may have been restored meanwhile. */
  readonly begins: () => void;
  /** Takes the next event; one may come again. Rejects with `LogFailure` if the log cannot go on. */
  readonly take: (event: AllStreamRecordedEvent, client: EventStoreClient) => Promise<void>;
  /** The log cannot go on. */
  readonly failed: (failure: LogFailure) => void;
}

/** That there is no subscription: since when, by `performance.now()`, and what the last attempt met. */
export interface Disconnection {
  readonly sinceMs: number;
  readonly cause: unknown;
}

/**
 * Catch-up subscription: follows our streams in `$all`, catching up and then live, for as long as the log is open. A
 * subscription that was cut is made again with a new client, from the last position, after a rest with jitter.
 */
export class CatchUpSubscription {
  /** Resolves when everything that was there has been taken; rejects with `LogFailure` when the start has failed. */
  readonly started: Promise<void>;
  private readonly watch: StartWatch;
  private readonly stopped = new AbortController();
  private readonly finished: Promise<void>;
  private at: Position | undefined;
  private subscription: AllStreamSubscription | undefined;
  private tries = 0;
  private movedAtMs = 0;
  private loss: Disconnection | undefined = { sinceMs: performance.now(), cause: undefined };

  constructor(private readonly options: FollowerOptions) {
    this.watch = new StartWatch(options.retryPolicy.startMs);
    this.started = this.watch.started;
    this.finished = this.followAll();
  }

  /** Commit position up to which everything of ours has been taken; below every event if that is not known. */
  get takenUpTo(): bigint {
    return this.at?.commit ?? -1n;
  }

  /** Why there is no subscription, if there is none. */
  get lost(): Disconnection | undefined {
    return this.loss;
  }

  /** Makes the subscription again if nothing has moved for a while: there is something that it does not say. */
  reconnectIfStalled(): void {
    if (performance.now() - this.movedAtMs >= this.options.retryPolicy.attemptMs) this.cut();
  }

  /** Resolves when no event will be taken any more. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.cut();
    await this.finished;
  }

  private cut(): void {
    this.movedAtMs = performance.now();
    this.lose(undefined);
    this.subscription?.destroy();
  }

  private lose(cause: unknown): void {
    this.loss = { sinceMs: this.loss?.sinceMs ?? performance.now(), cause: cause ?? this.loss?.cause };
  }

  private async followAll(): Promise<void> {
    const { connect, retryPolicy, failed } = this.options;
    while (!this.stopped.signal.aborted) {
      const client = connect();
      try {
        await this.follow(client);
        this.lose(undefined);
      } catch (error) {
        this.lose(error);
        this.watch.failed(error);
        if (error instanceof LogFailure) {
          failed(error);
          return;
        }
      } finally {
        client.shut();
      }
      await backOff(retryPolicy.backoff, ++this.tries, this.stopped.signal);
    }
  }

  private async follow(client: EventStoreClient): Promise<void> {
    this.options.begins();
    const from = this.at ?? (await this.options.resumeFrom());
    if (this.stopped.signal.aborted) return;
    const signs = new Map<object, () => void>();
    // The subscription tells of these while events before them still wait in it: a sign is put in line behind them.
    const inLine = (reached: () => void): void => {
      const sign = {};
      signs.set(sign, reached);
      pushBehindEvents(subscription, sign);
    };
    const subscription = client.subscribeToAll({
      fromPosition: from,
      filter: streamNameFilter({
        prefixes: [this.options.prefix],
        checkpointReached: (_, position) => inLine(() => this.passOver(position)),
      }),
    });
    this.subscription = subscription;
    // A server may keep the connection and have no answer, ever: while there is none, nobody else would find out.
    const unanswered = setTimeout(() => subscription.destroy(), this.options.retryPolicy.giveUpMs);
    subscription.on('confirmation', () => {
      clearTimeout(unanswered);
      this.loss = undefined;
      this.moved();
    });
    subscription.on('caughtUp', () => inLine(() => this.watch.done()));
    try {
      for await (const next of subscription) {
        signs.get(next)?.();
        signs.delete(next);
        if (next.event !== undefined) await this.takeNext(next.event, client);
      }
    } finally {
      clearTimeout(unanswered);
      subscription.unsubscribe().catch(() => undefined);
    }
  }

  // A start may take as long as there is more, also while all of it belongs to others.
  private passOver(position: Position): void {
    this.at = position;
    this.watch.progress();
  }

  private async takeNext(event: AllStreamRecordedEvent, client: EventStoreClient): Promise<void> {
    await this.options.take(event, client);
    this.at = event.position;
    this.tries = 0;
    this.moved();
  }

  private moved(): void {
    this.movedAtMs = performance.now();
    this.watch.progress();
  }
}
