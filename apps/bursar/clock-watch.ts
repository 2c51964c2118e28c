import { Injectable, Logger } from '@nestjs/common';
import { Feed } from '#event-sourcing/feed/feed.js';
import { type ClockAlarm, WatchedClock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';

/** Looks at the clock now and then, and tells the log of the service when an alarm begins and ends. */
@Injectable()
export class ClockWatch {
  private readonly logger = new Logger('clock');
  private told: ClockAlarm['kind'] | undefined;

  constructor(
    private readonly clock: WatchedClock,
    private readonly feed: Feed,
    private readonly log: EventLog,
  ) {}

  /** The events of a shared store are timed by the store's clock: each one says what time it is. */
  start(): void {
    this.look();
    if (!this.log.isShared) return;
    this.feed.onBatch(({ events }) => {
      const last = events.at(-1);
      if (last !== undefined) this.clock.sawEvent(last.recordedAtMs);
    });
  }

  look(): void {
    const { alarm, wallMs, trustedMs } = this.clock.read();
    if (alarm?.kind === this.told) return;
    this.told = alarm?.kind;
    const differenceMs = wallMs - trustedMs;
    if (alarm !== undefined) this.logger.error({ message: alarm.detail, kind: alarm.kind, differenceMs });
    else this.logger.warn({ message: 'The clock of this machine is believed again.', differenceMs });
  }
}
