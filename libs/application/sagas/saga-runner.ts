import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { isCorrectionEvent, isRecordsMetered } from '#domain/metering/metering.events.js';
import type { MeteredColumns } from '#domain/metering/metering.events.js';
import { isOrganisationEvent } from '#domain/organisation/organisation.events.js';
import type { StoredEvent } from '#ports/event-log.js';
import { Clock } from '#ports/clock.js';
import type { FeedBatch } from '../feed/feed.js';
import type { Saga, SagaStep, Wake } from './saga.js';

const hourMs = 3_600_000;
/** A saga holds the event loop no longer than this at a time: decisions wait beside it. */
const sliceMs = 1;
const retryMs = 5_000;
/** Events without a group that may change what is due for every group. */
const concernsAll: ReadonlySet<string> = new Set(['PeriodClosed']);

export interface SagaCounts {
  readonly steps: number;
  readonly failures: number;
}

/**
 * Wakes sagas: with the groups that a batch of the feed has moved, with everything at the start and every full hour,
 * and with the time alone on every tick. One step after another; a step that fails is counted, and everything is looked
 * at again a little later.
 */
@Injectable()
export class SagaRunner {
  private readonly logger = new Logger('sagas');
  private readonly sagas: Saga[] = [];
  private readonly counts = new Map<string, { steps: number; failures: number }>();
  private groups = new Map<string, Set<string>>();
  private everything = true;
  private isDue = false;
  private lastHour = -1;
  private retryAtMs = Infinity;
  private running: Promise<void> | undefined;
  private isStopped = true;

  constructor(private readonly clock: Clock) {}

  register(saga: Saga): void {
    this.sagas.push(saga);
    this.counts.set(saga.name, { steps: 0, failures: 0 });
  }

  /** Once the views have caught up with the log. */
  start(): void {
    this.isStopped = false;
    this.everything = true;
    this.tick();
  }

  /** Time has passed. */
  tick(): void {
    const nowMs = this.clock.now();
    const hour = Math.floor(nowMs / hourMs);
    if (hour !== this.lastHour || nowMs >= this.retryAtMs) {
      this.everything = true;
      this.retryAtMs = Infinity;
    }
    this.lastHour = hour;
    this.wake();
  }

  /** The feed has folded a batch. */
  folded({ events }: Pick<FeedBatch, 'events'>): void {
    for (const event of events) this.note(event);
    this.wake();
  }

  /** Per saga, how many steps were taken and how many of them failed. */
  counted(): ReadonlyMap<string, SagaCounts> {
    return this.counts;
  }

  /** Resolves when nothing is due any more. */
  async settled(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  private note(event: StoredEvent): void {
    if (isRecordsMetered(event)) this.noteMetered(event.data);
    else if (isCorrectionEvent(event) && 'rows' in event.data) {
      for (const { userId, before, after } of event.data.rows) {
        this.usersOf(before.groupId).add(userId);
        if (after !== null) this.usersOf(after.groupId).add(userId);
      }
    } else if ('groupId' in event.data && typeof event.data.groupId === 'string') {
      this.usersOf(event.data.groupId);
    } else if (isOrganisationEvent(event) || concernsAll.has(event.type)) {
      this.everything = true;
    }
  }

  /** Neighbours mostly repeat each other, and names are looked up once for each pair of them. */
  private noteMetered({ words, groupId, userId }: MeteredColumns): void {
    const pairs = new Set<number>();
    for (let row = 0; row < groupId.length; row++) pairs.add(groupId[row] * words.length + userId[row]);
    for (const pair of pairs) {
      this.usersOf(words[Math.floor(pair / words.length)]).add(words[pair % words.length]);
    }
  }

  private usersOf(groupId: string): Set<string> {
    const users = this.groups.get(groupId) ?? new Set<string>();
    this.groups.set(groupId, users);
    return users;
  }

  private wake(): void {
    this.isDue = true;
    if (this.isStopped || this.running !== undefined) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
    });
  }

  private async run(): Promise<void> {
    while (this.isDue && !this.isStopped) {
      const wake: Wake = { nowMs: this.clock.now(), everything: this.everything, groups: this.groups };
      this.isDue = false;
      this.everything = false;
      this.groups = new Map();
      for (const saga of this.sagas) await this.runOne(saga, wake);
    }
  }

  private async runOne(saga: Saga, wake: Wake): Promise<void> {
    try {
      let sliceEndsMs = performance.now() + sliceMs;
      for (const step of saga.due(wake)) {
        if (this.isStopped) return;
        if (step !== undefined) await this.take(saga, step);
        else if (performance.now() >= sliceEndsMs) await nextTurn();
        else continue;
        sliceEndsMs = performance.now() + sliceMs;
      }
    } catch (error) {
      this.failed(saga, 'looking for what is due', error);
    }
  }

  private async take(saga: Saga, step: SagaStep): Promise<void> {
    this.count(saga, { steps: 1, failures: 0 });
    try {
      await step.run();
    } catch (error) {
      this.failed(saga, step.about, error);
    }
  }

  private failed(saga: Saga, about: string, error: unknown): void {
    this.count(saga, { steps: 0, failures: 1 });
    this.retryAtMs = Math.min(this.retryAtMs, this.clock.now() + retryMs);
    this.logger.error({ message: `The saga ${saga.name} failed for ${about}; it is tried again.`, error });
  }

  private count({ name }: Saga, { steps, failures }: SagaCounts): void {
    const before = this.counts.get(name) ?? { steps: 0, failures: 0 };
    this.counts.set(name, { steps: before.steps + steps, failures: before.failures + failures });
  }
}
