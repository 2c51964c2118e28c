import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { type Reach, reaches } from '#kernel/reach.js';
import { isAlertEvent } from '../domain/alerts.events.js';
import type { KnownAlert } from '../domain/known-alert.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { AlertsView } from '../domain/alerts.view.js';
import { Fold } from '#event-sourcing/fold.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { TimeSlice } from '#event-sourcing/turns.js';
import { AlertHistories } from './alert-histories.js';
import { alertKinds } from './alert-kinds.js';
import type { AlertKind } from './alert-kinds.js';

/** Something happened to an alert. */
export interface AlertChange {
  readonly position: number;
  readonly kind: AlertKind;
  /** The alert after it, whatever has happened since. */
  readonly alert: KnownAlert;
}

/**
 * Catch-up subscription: follows what happens to alerts, from any position on, in the order of the log. Every follower
 * fetches the next event when it is ready for it: a slow one holds up nobody, and nothing waits for it in memory.
 */
@Injectable()
export class AlertStream implements OnModuleDestroy {
  private readonly stopped = new AbortController();
  private waiting: (() => void)[] = [];

  constructor(
    private readonly log: EventLog,
    private readonly alerts: AlertsView,
    private readonly fold: Fold,
    feed: Feed,
  ) {
    feed.onBatch(() => {
      this.wake();
    });
  }

  /** The service stops: every follower comes to its end, otherwise their connections would hold it up. */
  onModuleDestroy(): void {
    this.stopped.abort();
  }

  /** Aborts when the service stops. */
  get stopping(): AbortSignal {
    return this.stopped.signal;
  }

  /** Where the views stand: who follows from here on misses nothing that is not told yet. */
  get position(): number {
    return this.fold.position;
  }

  /**
   * Everything after the position and once: first what is there, then live, until the signal or the end of the service.
   *
   * @param groups the only groups to tell about; undefined: all, and the organisation
   */
  async *follow(after: number, groups: Reach, signal: AbortSignal): AsyncGenerator<AlertChange, void> {
    const ends = AbortSignal.any([signal, this.stopped.signal]);
    ends.addEventListener('abort', () => {
      this.wake();
    });
    const work = TimeSlice.ofReading();
    const histories = new AlertHistories(this.log, this.alerts, work, ends);
    let told = after;
    while (!ends.aborted) {
      await work.pause();
      const next = await this.next(told, work, ends);
      if (next === undefined) {
        await this.awake(told, ends);
        continue;
      }
      told = next.position;
      if (!isAlertEvent(next) || !reaches(groups, next.data.groupId)) continue;
      const alert = await histories.after(next);
      if (alert !== undefined) yield { position: next.position, kind: alertKinds[next.type], alert };
    }
  }

  /** The first event about alerts after the position that the views have folded. */
  private async next(after: number, work: TimeSlice, ends: AbortSignal): Promise<StoredEvent | undefined> {
    const kept = this.alerts.positionsAfter();
    for (let position = after; position < kept && !ends.aborted; position++) {
      // One at a time: an event of metering takes long to decode.
      const event = (await this.log.readAll(position, 1)).at(0);
      if (event === undefined || isAlertEvent(event)) return event;
      await work.pause();
    }
    const position = this.alerts.nextPosition(Math.max(after, kept));
    return position === undefined ? undefined : this.log.readAt(position);
  }

  // Nothing is awaited between looking and waiting: no wake-up falls between them.
  private awake(told: number, ends: AbortSignal): Promise<void> {
    if (ends.aborted || this.alerts.nextPosition(told) !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
