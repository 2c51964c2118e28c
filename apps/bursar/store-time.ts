import { Injectable } from '@nestjs/common';
import { Feed } from '#event-sourcing/feed/feed.js';
import { WatchedClock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';

/** Tells the clock what time it is in a shared store: its events are timed by the store's clock, and each one says it. */
@Injectable()
export class StoreTime {
  constructor(
    private readonly clock: WatchedClock,
    private readonly feed: Feed,
    private readonly log: EventLog,
  ) {}

  start(): void {
    if (!this.log.isShared) return;
    this.feed.onBatch(({ events }) => {
      const last = events.at(-1);
      if (last !== undefined) this.clock.sawEvent(last.recordedAtMs);
    });
  }
}
