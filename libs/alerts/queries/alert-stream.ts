import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { type Reach, reaches } from '#kernel/reach.js';
import { alertStreamOf } from '../domain/alert-key.js';
import { isAlertEvent } from '../domain/alerts.events.js';
import { afterEvent } from '../domain/known-alert.js';
import type { KnownAlert } from '../domain/known-alert.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { AlertsView } from '../domain/alerts.view.js';
import { Fold } from '#event-sourcing/fold.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { alertKinds } from './alert-kinds.js';
import type { AlertKind } from './alert-kinds.js';

const eventsPerRead = 64;
const streamEventsPerRead = 500;

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
    let told = after;
    while (!ends.aborted) {
      const next = await this.next(told);
      if (next === undefined) {
        await this.awake(told, ends);
        continue;
      }
      told = next.position;
      const change = await this.changeOf(next, groups);
      if (change !== undefined) yield change;
    }
  }

  /** The first event about alerts after the position that the views have folded. */
  private async next(after: number): Promise<StoredEvent | undefined> {
    const kept = this.alerts.positionsAfter();
    for (let position = after; position < kept;) {
      const events = await this.log.readAll(position, eventsPerRead);
      const found = events.find((event) => isAlertEvent(event));
      if (found !== undefined) return found;
      const last = events.at(-1);
      if (last === undefined) return undefined;
      ({ position } = last);
    }
    const position = this.alerts.nextPosition(Math.max(after, kept));
    return position === undefined ? undefined : this.log.readAt(position);
  }

  private async changeOf(event: StoredEvent, groups: Reach): Promise<AlertChange | undefined> {
    if (!isAlertEvent(event) || !reaches(groups, event.data.groupId)) return undefined;
    const alert = await this.alertAfter(event, event.data.alertId);
    return alert === undefined ? undefined : { position: event.position, kind: alertKinds[event.type], alert };
  }

  // Mostly it is the last thing that happened to the alert; otherwise its own stream tells how it stood then.
  private async alertAfter({ position }: StoredEvent, alertId: string): Promise<KnownAlert | undefined> {
    const current = this.alerts.state(alertId);
    if (current?.position === position) return current;
    let alert: KnownAlert | undefined;
    for (let revision = 0; ; revision += streamEventsPerRead) {
      const events = await this.log.read(alertStreamOf(alertId), revision, streamEventsPerRead);
      for (const event of events) {
        if (event.position > position) return alert;
        if (isAlertEvent(event)) alert = afterEvent(alert, event);
      }
      if (events.length < streamEventsPerRead) return alert;
    }
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
