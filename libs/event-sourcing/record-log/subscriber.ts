import { setImmediate } from 'node:timers/promises';
import type { EventsListener, StoredEvent, Subscription } from '../ports/event-log.js';

/** What a subscriber reads from when it is behind. */
export interface DurableEvents {
  /** Position of the last durable event. */
  head(): number;
  /** Up to `limit` events after the position; empty only at the head. */
  readAfter(position: number, limit: number): readonly StoredEvent[];
}

const batchEvents = 64;
/** Past this many undelivered events a slow listener is served from the store again. */
const liveEvents = 256;

/**
 * Catch-up subscription: hands everything after a position to a listener, in total order and once. Live events are
 * taken as they are offered when they follow on what was delivered; otherwise they are dropped, and found in the store
 * when their turn comes. There is no hand-over between catching up and live: only the question what comes after `at`.
 */
export class Subscriber implements Subscription {
  private live: StoredEvent[] = [];
  private wake: (() => void) | undefined;
  private closed = false;
  private readonly finished: Promise<void>;

  /**
   * @param at position of the last event that is not wanted any more
   * @param failed is told when the listener throws or the store cannot be read; nothing is delivered after that
   */
  constructor(
    private at: number,
    private readonly listener: EventsListener,
    private readonly source: DurableEvents,
    failed: (error: unknown) => void,
  ) {
    this.finished = Promise.resolve()
      .then(() => this.deliverAll())
      .catch(failed);
  }

  /** Events that have just become durable, in order and without gaps. */
  offer(events: readonly StoredEvent[]): void {
    const expected = (this.live.at(-1)?.position ?? this.at) + 1;
    if (this.live.length < liveEvents && events[0]?.position === expected) this.live = this.live.concat(events);
    this.wake?.();
  }

  /** Resolves when the listener is at rest. Not to be awaited by the listener itself. */
  async close(): Promise<void> {
    this.closed = true;
    this.wake?.();
    await this.finished;
  }

  private async deliverAll(): Promise<void> {
    while (!this.closed) {
      const fromStore = this.live.length === 0;
      const batch = fromStore ? this.source.readAfter(this.at, batchEvents) : this.live.splice(0, batchEvents);
      const last = batch.at(-1);
      if (last === undefined) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      this.at = last.position;
      await this.listener(batch);
      if (fromStore) await setImmediate();
    }
  }
}
