/** The event log: the only truth. Every engine that can store it implements this port. */

/** Who caused an event, why and when. It is stored with the event; the audit is a view of it. */
export interface EventMeta {
  /** The command that was decided. Spent once. */
  readonly commandId: string;
  /** The instant the decision was made at, ISO 8601 in UTC. */
  readonly now: string;
  /** `apiKey:<id>` or `system:<what>`. */
  readonly actor: string;
  /** May be empty, is never absent. */
  readonly reason: string;
}

/** An event as it is offered to the log. Made by `proposeEvent`, never by hand: the id hashes the bytes. */
export interface ProposedEvent {
  /** A UUID that hashes cause, index and content. */
  readonly id: string;
  readonly type: string;
  /** JSON-native: no Date, no bigint, no undefined inside arrays. */
  readonly data: object;
  readonly meta: EventMeta;
  /** MessagePack of `[type, data, meta]`: encoded once, hashed and stored as it is. */
  readonly bytes: Uint8Array;
}

/** An event as the log holds it. */
export interface StoredEvent {
  /** Place in the total order: a positive safe integer that grows with every event. */
  readonly position: number;
  readonly stream: string;
  /** Place in the stream, from 0. */
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly meta: EventMeta;
  /** When the log stored it, milliseconds since 1970. */
  readonly recordedAtMs: number;
}

/** The expected revision of a stream that has no event yet. */
export const noStream = -1;

/** Events for one stream; they are stored together or not at all. */
export interface Append {
  readonly stream: string;
  /** Revision of the last event the writer knows, or `noStream`. */
  readonly expectedRevision: number;
  readonly events: readonly ProposedEvent[];
}

/**
 * `stored`: durable, with the place of the last event. Also the answer to a repeat with the same ids, wherever the
 * stream has gone since (`repeated`). `revisionConflict`: nothing was stored, another writer was faster.
 */
export type AppendOutcome =
  | { readonly code: 'stored'; readonly revision: number; readonly position: number; readonly repeated: boolean }
  | { readonly code: 'revisionConflict'; readonly actualRevision: number };

/** That a shared store does not answer: for how long, and what to do, in sentences for the operator. */
export interface Outage {
  readonly forMs: number;
  readonly detail: string;
}

export interface Subscription {
  close(): Promise<void>;
}

/** Receives events in total order, batch after batch; the next batch waits for the returned promise. */
export type EventsListener = (events: readonly StoredEvent[]) => void | Promise<void>;

/** Event log: facts in one total order, durable before they are acknowledged. The port that every engine implements. */
export abstract class EventLog {
  /** Resolves when the events are durable. Rejects with `LogFailure` when that cannot be known or done. */
  abstract append(append: Append): Promise<AppendOutcome>;

  /** Pipelines several appends; each succeeds or fails alone. Outcomes come in the order of the appends. */
  abstract appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]>;

  /** Up to `limit` durable events of one stream from revision `from` on; empty when there are none. */
  abstract read(stream: string, from: number, limit: number): Promise<readonly StoredEvent[]>;

  /** Up to `limit` durable events after the position, in total order; empty at the head. */
  abstract readAll(after: number, limit: number): Promise<readonly StoredEvent[]>;

  /** The durable event at exactly this position, if there is one. */
  abstract readAt(position: number): Promise<StoredEvent | undefined>;

  /** Position of the last durable event, 0 for an empty log. On a shared store: of the last one that is known here. */
  abstract head(): Promise<number>;

  /** Whether other processes append, too. Where they do not, all that is stored was acknowledged by this process. */
  abstract readonly isShared: boolean;

  /**
   * Asks where the log ends. Resolves to a head, known here, that is not before anything that any process had stored at
   * the call; rejects with `LogFailure` `unavailable` when that cannot be learned from a shared store.
   */
  abstract latest(): Promise<number>;

  /**
   * Resolves when this machine has on its disk whatever was known here at the call: what is derived from it and kept must
   * not be ahead of it. Rejects with `LogFailure`.
   */
  abstract flushed(): Promise<void>;

  /** Why a shared store cannot be reached at the moment; undefined if it can. What is known here can be read all the same. */
  abstract outOfReach(): Outage | undefined;

  /**
   * Everything after the position in total order and once: first what is there, then live; only what is durable. A
   * listener that throws is a defect and makes the log fail (`listenerFailed`). It must not await the `close` of its own
   * subscription, which waits for it.
   */
  abstract subscribe(after: number, listener: EventsListener): Subscription;

  /** Resolves once if the log can no longer be trusted to store or read; nothing is acknowledged after that. */
  abstract readonly failed: Promise<LogFailure>;

  /** Finishes what was accepted and closes. */
  abstract close(): Promise<void>;
}

/**
 * Why the log cannot go on. `detail` says what to do, in a sentence for the operator.
 *
 * `inUse`: another process writes to the directory, or has taken it over. `notWritable`, `full`: what they say.
 * `damaged`: what is stored is not what was stored. `flushFailed`: the disk did not confirm a write; nothing is tried
 * again, because a second flush may succeed without the pages that the first one lost. `listenerFailed`: a subscriber
 * threw. `closed`: the log was closed before the append came. `unavailable`: a store elsewhere did not answer in time;
 * the append may have been stored or not, the same one may be made again, and the log goes on.
 */
export class LogFailure extends Error {
  constructor(
    readonly code:
      'inUse' | 'notWritable' | 'full' | 'damaged' | 'flushFailed' | 'listenerFailed' | 'closed' | 'unavailable',
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
    this.name = 'LogFailure';
  }
}
