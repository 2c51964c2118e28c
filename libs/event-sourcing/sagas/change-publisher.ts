import { Injectable } from '@nestjs/common';
import { EventBus } from '@nestjs/cqrs';
import { millisecondsInHour } from 'date-fns/constants';
import { Changes, everythingChanged } from '../changes.js';
import { Feed } from '../feed/feed.js';
import { Heartbeat } from '../lifecycle/heartbeat.js';
import { Clock } from '../ports/clock.js';
import { ViewsChanged } from './views-changed.js';

/**
 * Publisher: tells sagas of what has changed: one event a batch of the feed, if views say that it has changed anything,
 * and one every second. At the start and every full hour everything may be due.
 */
@Injectable()
export class ChangePublisher {
  private lastHour = -1;

  constructor(
    private readonly bus: EventBus,
    private readonly feed: Feed,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
  ) {}

  /** Once the views have caught up with the log. */
  start(): void {
    this.feed.onBatch(({ changes }) => {
      if (!changes.isEmpty) this.publish(changes);
    });
    this.heartbeat.onBeat(() => {
      this.tick();
    });
    this.tick();
  }

  /** Time has passed. */
  tick(): void {
    const hour = Math.floor(this.clock.now() / millisecondsInHour);
    this.publish(hour === this.lastHour ? new Changes() : everythingChanged());
    this.lastHour = hour;
  }

  private publish(changes: Changes): void {
    this.bus.publish(new ViewsChanged(changes));
  }
}
