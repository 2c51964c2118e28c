import { Logger } from '@nestjs/common';
import type { Clock } from '../ports/clock.js';
import { leftMs } from './left-ms.js';

/** Commands of one saga that wait for the log together: they share its flushes. */
const atOnce = 32;
/** With so many waiting the saga waits before it asks for more. */
const mostWaiting = 32;
const retryMs = 5_000;

interface Waiting {
  readonly run: () => Promise<unknown>;
  readonly leave: () => void;
}

/** Of a saga, since the start. */
export interface SagaCounts {
  /** Commands that were carried out. */
  readonly done: number;
  /** Commands and looks that have failed. */
  readonly failures: number;
}

/**
 * Bulkhead: what one saga has under way. There is a lane for each subject: commands about the same are carried out one
 * after another, and of those that wait only the last. So many are carried out at once, the rest wait.
 */
export class Lanes {
  private readonly logger = new Logger('sagas');
  private readonly underWay = new Set<string>();
  private readonly waiting = new Map<string, Waiting>();
  /** Subjects that have failed since the last time that everything was tried again. */
  private readonly told = new Set<string>();
  private listeners: (() => void)[] = [];
  private isClosed = false;
  private done = 0;
  private failures = 0;
  /** When the first failure was that was not tried again. */
  private failedAtMs: number | undefined;

  constructor(
    readonly saga: string,
    private readonly clock: Clock,
  ) {}

  counted(): SagaCounts {
    return { done: this.done, failures: this.failures };
  }

  get isIdle(): boolean {
    return this.underWay.size === 0;
  }

  get isFull(): boolean {
    return this.waiting.size >= mostWaiting;
  }

  /** Resolves when the command is carried out, whether or not it failed, or another one about the same goes instead. */
  enter(subject: string, run: () => Promise<unknown>): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    this.waiting.get(subject)?.leave();
    return new Promise((leave) => {
      this.waiting.set(subject, { run, leave });
      this.next();
    });
  }

  /** Resolves at the next end of a command. */
  async oneEnded(): Promise<void> {
    await new Promise<void>((resolve) => this.listeners.push(resolve));
  }

  /** Resolves when nothing is under way or waits. */
  async settled(): Promise<void> {
    while (!this.isIdle) await this.oneEnded();
  }

  /** Whether it is time to try again what has failed: once for all that has failed until now. */
  takeRetry(): boolean {
    if (this.failedAtMs === undefined || leftMs(this.failedAtMs, retryMs, this.clock.now()) > 0) return false;
    this.failedAtMs = undefined;
    this.told.clear();
    return true;
  }

  /**
   * Counts what could not be done: it is tried again, because everything is looked at again. Until then the subject is told
   * of once.
   */
  failed(subject: string, error: unknown): void {
    this.failures++;
    this.failedAtMs ??= this.clock.now();
    if (this.told.has(subject)) return;
    this.told.add(subject);
    this.logger.error({ message: `The saga ${this.saga} failed for ${subject}; it is tried again.`, error });
  }

  /** Takes commands again. */
  reopen(): void {
    this.isClosed = false;
  }

  /** Lets what is under way end, and nothing begin. */
  close(): void {
    this.isClosed = true;
    for (const { leave } of this.waiting.values()) leave();
    this.waiting.clear();
  }

  private next(): void {
    for (const [subject, { run, leave }] of this.waiting) {
      if (this.underWay.size >= atOnce) return;
      if (this.underWay.has(subject)) continue;
      this.waiting.delete(subject);
      this.underWay.add(subject);
      void this.carryOut(subject, run).finally(leave);
    }
  }

  private async carryOut(subject: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
      this.done++;
    } catch (error) {
      this.failed(subject, error);
    }
    this.underWay.delete(subject);
    this.next();
    const { listeners } = this;
    this.listeners = [];
    for (const listener of listeners) listener();
  }
}
