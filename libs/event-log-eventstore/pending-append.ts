import type { Append } from '#event-sourcing/ports/event-log.js';
import { messageAppends, messageBytes, packed, type PackedAppend } from './stored-form.js';

/** An append from the moment it was asked for until what became of it is known. */
export class PendingAppend {
  readonly packed: PackedAppend;
  /** Resolves when the copy of the log says what became of it. */
  readonly settled: Promise<void>;
  /** Whether its own events have been seen in the log, rather than those of another append of the same. */
  isStored = false;
  /** Resolves when the event store has said what became of it, or will not: what has to come behind it may be sent. */
  readonly placed: Promise<void>;
  isPlaced = false;
  place: () => void = () => undefined;
  resolve: () => void = () => undefined;
  reject: (error: unknown) => void = () => undefined;

  /**
   * @param name what this call of `append` is called in what it stores, and no other call of any process
   * @param giveUpAtMs by `performance.now()`
   * @param after what has to be placed before it is sent
   */
  constructor(
    readonly append: Append,
    readonly name: string,
    readonly giveUpAtMs: number,
    readonly after: PendingAppend | undefined,
  ) {
    this.packed = packed(append.events, append.expectedRevision + 1, name);
    this.placed = new Promise((resolve) => {
      this.place = () => {
        this.isPlaced = true;
        resolve();
      };
    });
    this.settled = new Promise((resolve, reject) => {
      this.resolve = () => {
        this.place();
        resolve();
      };
      this.reject = (error) => {
        this.place();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
    });
  }

  /** Revision of its last event, if it is stored. */
  get revision(): number {
    return this.append.expectedRevision + this.append.events.length;
  }

  /** How many from the front follow on each other and fit into one message; at least one. */
  static group(queue: readonly PendingAppend[]): number {
    const [first] = queue;
    let { weight } = first.packed;
    let count = 1;
    for (; count < queue.length && count < messageAppends; count++) {
      const { append, packed: next, after } = queue[count];
      if (after !== first.after && after?.isPlaced === false) return count;
      if (append.expectedRevision !== queue[count - 1].revision) return count;
      weight += next.weight;
      if (weight > messageBytes) return count;
    }
    return count;
  }
}
