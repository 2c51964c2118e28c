import type { Append } from '#ports/event-log.js';
import { appendBytes, appendEvents, packed, type PackedEvents } from './stored-form.js';

/** An append from the moment it was asked for until what became of it is known. */
export class PendingAppend {
  readonly packed: PackedEvents;
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
    this.packed = packed(append.events, name);
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

  /** How many from the front follow on each other and fit into one append of the event store; at least one. */
  static group(queue: readonly PendingAppend[]): number {
    const [first] = queue;
    let { weight } = first.packed;
    let events = first.append.events.length;
    let count = 1;
    for (; count < queue.length; count++) {
      const { append, packed: next, after } = queue[count];
      if (after !== first.after && after?.isPlaced === false) return count;
      weight += next.weight;
      if (append.expectedRevision !== first.append.expectedRevision + events) return count;
      events += append.events.length;
      if (weight > appendBytes || events > appendEvents) return count;
    }
    return count;
  }
}

/** Throws `RangeError` if an append has more events than the event store takes at once. */
export const requireFewEvents = ({ stream, events }: Append): void => {
  if (events.length <= appendEvents) return;
  throw new RangeError(
    `An append to "${stream}" has at most ${String(appendEvents)} events in ${String(appendBytes)} bytes`,
  );
};
