import { Injectable } from '@nestjs/common';
import { isFormatRaised } from '../format/format.events.js';
import { formatLevel } from '../format/format.js';
import type { Changes } from '../changes.js';
import { Fold } from '../fold.js';
import { EventLog } from '../ports/event-log.js';
import type { StoredEvent, Subscription } from '../ports/event-log.js';
import { LocationIndex } from '../ports/location-index.js';
import { TimeSlice } from '../turns.js';
import { NewerFormat } from './newer-format.js';
import { CoalescedCalls } from './coalesced-calls.js';

/** What happened in one batch of the feed, told after every view has folded it. */
export interface FeedBatch {
  readonly events: readonly StoredEvent[];
  readonly position: number;
  /** What may be due because of it. */
  readonly changes: Changes;
}
export type FeedListener = (batch: FeedBatch) => void;

interface Waiting {
  readonly position: number;
  readonly wake: () => void;
  readonly fail: (why: NewerFormat) => void;
}

/**
 * Reads the log in order and applies every event to every view. One per process. Whoever needs to see their own writes
 * awaits `reached(position)`. It ends before an event that raises the format of the log above what this version reads.
 */
@Injectable()
export class Feed {
  /** Position of the last event every view has folded. */
  position = 0;
  private subscription: Subscription | undefined;
  private readonly listeners: FeedListener[] = [];
  private waiting: Waiting[] = [];
  private newer: NewerFormat | undefined;
  private tellOutdated: (why: NewerFormat) => void = () => undefined;
  /** Resolves once if a newer version writes to the log: from then on nothing is folded. */
  readonly outdated = new Promise<NewerFormat>((resolve) => (this.tellOutdated = resolve));
  private readonly rounds = new CoalescedCalls(() => this.askHead());

  constructor(
    private readonly log: EventLog,
    private readonly fold: Fold,
    private readonly index: LocationIndex,
  ) {}

  /** Begins after what the views already hold, and resolves when they have caught up with the log as it stood at the call. */
  async start(): Promise<void> {
    this.position = this.fold.position;
    const head = await this.log.head();
    this.subscription = this.log.subscribe(this.position, (events) => this.apply(events));
    await this.reached(head);
  }

  /** Resolves when every view has folded the event at the position. Rejects with `NewerFormat` if that cannot be. */
  reached(position: number): Promise<void> {
    if (position <= this.position) return Promise.resolve();
    if (this.newer !== undefined) return Promise.reject(this.newer);
    return new Promise((wake, fail) => this.waiting.push({ position, wake, fail }));
  }

  /** Whether every view has folded the event at the position, waiting for it so long at most. */
  async reachedWithin(position: number, longestMs: number): Promise<boolean> {
    if (position <= this.position) return true;
    if (this.newer !== undefined) return false;
    return new Promise((resolve) => {
      const waiting = { position, wake: () => settle(true), fail: () => settle(false) };
      const timer = setTimeout(() => settle(false), longestMs);
      const settle = (isReached: boolean): void => {
        clearTimeout(timer);
        if (!isReached) this.waiting = this.waiting.filter((other) => other !== waiting);
        resolve(isReached);
      };
      this.waiting.push(waiting);
    });
  }

  /**
   * Resolves when every view has folded whatever any process had stored at the call, and rejects with `LogFailure` if
   * that cannot be learned. Undefined where nobody else appends: what was acknowledged is folded. Those who ask while
   * the store is being asked share the next question.
   */
  upToDate(): Promise<void> | undefined {
    return this.log.isShared ? this.rounds.join() : undefined;
  }

  /** Resolves when everything the views have folded is on the disk of this machine, too. */
  flushed(): Promise<void> {
    return this.log.flushed();
  }

  /** Hears of every batch, after the views have folded it. A listener must not throw and must not wait. */
  onBatch(listener: FeedListener): void {
    this.listeners.push(listener);
  }

  /** How far the views are behind the log, in events. */
  async lag(): Promise<number> {
    return Math.max(0, (await this.log.head()) - this.position);
  }

  async stop(): Promise<void> {
    await this.subscription?.close();
  }

  private async askHead(): Promise<void> {
    await this.reached(await this.log.latest());
  }

  private async apply(events: readonly StoredEvent[]): Promise<void> {
    if (this.newer !== undefined) return;
    await this.index.drain();
    const work = new TimeSlice();
    for (const event of events) {
      if (isFormatRaised(event) && event.data.level > formatLevel) {
        this.end(new NewerFormat(event.data.level));
        return;
      }
      if (work.isDue()) {
        this.wake();
        await work.giveWay();
      }
      this.fold.apply(event);
      this.position = event.position;
    }
    this.wake();
    const batch = { events, position: this.position, changes: this.fold.takeChanges() };
    for (const listener of this.listeners) listener(batch);
  }

  private end(why: NewerFormat): void {
    this.newer = why;
    this.wake();
    for (const { fail } of this.waiting) fail(why);
    this.waiting = [];
    this.tellOutdated(why);
  }

  private wake(): void {
    if (this.waiting.length === 0) return;
    const due = this.waiting.filter(({ position }) => position <= this.position);
    if (due.length === 0) return;
    this.waiting = this.waiting.filter(({ position }) => position > this.position);
    for (const { wake } of due) wake();
  }
}
