import { Injectable } from '@nestjs/common';
import { Feed } from '../feed/feed.js';

type Step = () => void | Promise<void>;

/**
 * Startup sequence: the views catch up with the log, then what has to be there before the first answer is prepared, and
 * then everything begins. Modules register their steps in `onModuleInit`; in each of the two phases the steps run one
 * after another, those of an imported module before those of its importers.
 */
@Injectable()
export class Startup {
  private readonly preparations: Step[] = [];
  private readonly beginnings: Step[] = [];
  private running: Promise<void> | undefined;
  private isOver = false;

  constructor(private readonly feed: Feed) {}

  /** The step runs once the views have caught up, before anything is answered and before sagas look at anything. */
  onCaughtUp(step: Step): void {
    this.preparations.push(step);
  }

  /** The step runs once everything is prepared. */
  onPrepared(step: Step): void {
    this.beginnings.push(step);
  }

  /** Whether every step has run: only then this process has anything to save at its end. */
  get isComplete(): boolean {
    return this.isOver;
  }

  /** Begins; waits for nothing, so that the service listens while a long log is read. */
  start(): void {
    this.running = this.run();
    // Whoever awaits `completed` hears of it.
    this.running.catch(() => undefined);
  }

  /**
   * Resolves when every step has run.
   *
   * @throws LogFailure when the log cannot be read or written
   * @throws NewerFormat when a newer version writes to the log
   */
  async completed(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    await this.feed.start();
    for (const step of this.preparations) await step();
    for (const step of this.beginnings) await step();
    this.isOver = true;
  }
}
