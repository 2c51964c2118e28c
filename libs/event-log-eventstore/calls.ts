import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { backOff } from './backoff.js';
import type { Connect } from './client.js';
import type { RetryPolicy } from './settings.js';
import { unavailable } from './unavailable.js';
import type { EventStoreClient } from './vendor-internals.js';
import { withTimeout } from './with-timeout.js';

/** Something to ask the event store, and how long to go on asking. */
export interface Call<T> {
  /** Asks once; may be asked again after an attempt without an answer. Rejects with `LogFailure` for an answer that stands. */
  readonly attempt: (client: EventStoreClient, timeoutMs: number) => Promise<T>;
  /** By `performance.now()`; no attempt but the first begins after it. */
  readonly giveUpAtMs: number;
  readonly signal: AbortSignal;
}

/** Asks the event store's leading node until it has answered. A client that has failed is shut and replaced. */
export class EventStoreCalls {
  private client: EventStoreClient | undefined;
  private isShut = false;

  /** @param unanswered hears of every attempt that had no answer */
  constructor(
    private readonly connect: Connect,
    private readonly retryPolicy: RetryPolicy,
    private readonly unanswered: () => void,
  ) {}

  /** Rejects with `LogFailure`, `unavailable` when there was no answer in time. */
  async untilAnswered<T>({ attempt, giveUpAtMs, signal }: Call<T>): Promise<T> {
    const { attemptMs, backoff } = this.retryPolicy;
    let lastError: unknown;
    for (let tries = 1; !signal.aborted && !this.isShut; tries++) {
      const client = (this.client ??= this.connect(true));
      try {
        // A call has a deadline of its own once it has begun; this one also covers finding a node to call.
        const answer = await withTimeout(attemptMs, attempt(client, attemptMs));
        // A client that was shut meanwhile ends its reads as if nothing more were there: that is no answer.
        if (this.client === client) return answer;
      } catch (error) {
        if (error instanceof LogFailure) throw error;
        lastError = error;
        this.replace(client);
        this.unanswered();
      }
      const leftMs = giveUpAtMs - performance.now();
      if (leftMs <= 0) break;
      await backOff({ ...backoff, longestMs: Math.min(backoff.longestMs, leftMs) }, tries, signal);
      if (performance.now() >= giveUpAtMs) break;
    }
    throw unavailable(lastError);
  }

  /** Ends the connection, and asking. What has no answer by then has none. */
  close(): void {
    this.isShut = true;
    this.client?.shut();
    this.client = undefined;
  }

  // Another client looks for a node anew, which may then be another one.
  private replace(failed: EventStoreClient): void {
    if (this.client !== failed) return;
    failed.shut();
    this.client = undefined;
  }
}
