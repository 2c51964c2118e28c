import type { RecordStore } from '#event-sourcing/record-log/record-store.js';
import type { Backoff } from './backoff.js';

export interface EventStoreSettings {
  /** `esdb://` or `esdb+discover://`, with all options of the client. */
  readonly connectionString: string;
  /** Lower-case letters, digits and hyphens; keeps several Bursars apart in one event store. */
  readonly namespace: string;
  /** Where this process keeps its copy of the log. It may begin empty: that costs a look at everything. */
  readonly copy: RecordStore;
  /** How patient to be; tests are less. */
  readonly retryPolicy?: RetryPolicy;
}

/** Backoff with jitter: how long an attempt, an answer and a start may take, and how long to wait between tries. */
export interface RetryPolicy {
  /** After this an attempt to append, or to read, has no answer. */
  readonly attemptMs: number;
  /** After this an append that has no answer is given up, its outcome unknown. */
  readonly giveUpMs: number;
  /** After this a start that has not caught up has failed unless events are still coming. */
  readonly startMs: number;
  readonly backoff: Backoff;
}

/** An attempt is longer than a slow flush on the server, and giving up comes before a client of ours does. */
export const patient: RetryPolicy = {
  attemptMs: 3_000,
  giveUpMs: 8_000,
  startMs: 15_000,
  backoff: { firstMs: 50, longestMs: 5_000 },
};
