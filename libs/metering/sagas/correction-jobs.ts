import { Injectable, Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { isRefusal } from '#kernel/refusal.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import {
  advanceCorrection,
  type AdvanceCorrection,
  beginRerating,
  type BeginRerating,
} from '../commands/corrections.commands.js';
import { CorrectionsView } from '../domain/corrections.view.js';

/**
 * Level-triggered reconciliation: works off corrections over many records: re-rating when a price was published, re-
 * attribution on request. It is level-triggered: it looks at what the views say is still to be done, so a wake-up that
 * is lost or a process that dies costs time only. Each step is one command, and one event with what it moved and how far
 * it came.
 */
@Injectable()
export class CorrectionJobs {
  private working: Promise<void> | undefined;
  private stopped = false;
  private readonly logger = new Logger(CorrectionJobs.name);
  /** How often a step failed; it is tried again. For metrics. */
  failures = 0;

  constructor(
    private readonly view: CorrectionsView,
    private readonly bus: CommandBus,
    private readonly clock: Clock,
  ) {}

  /** Starts to work if there is anything to do. May be called at any time. */
  wake(): void {
    if (this.stopped || this.working !== undefined || this.next() === undefined) return;
    this.working = this.work().then(
      () => {
        this.working = undefined;
        this.wake();
      },
      (error: unknown) => {
        // Tried again at the next wake-up, which the next event brings.
        this.working = undefined;
        this.failures++;
        this.logger.error(error);
      },
    );
  }

  /** Resolves when the step under way is finished. The rest is done after the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
  }

  private async work(): Promise<void> {
    for (let next = this.next(); next !== undefined && !this.stopped; next = this.next()) {
      const outcome = await this.bus.execute(next);
      if (isRefusal(outcome)) throw new Error(`${next.type}: ${outcome.detail}`);
    }
  }

  /** One job after another, and prices that no job has come to when none is under way. */
  private next(): AdvanceCorrection | BeginRerating | undefined {
    const job = this.view.running().at(0);
    if (job !== undefined) return advanceCorrection(job.jobId, this.clock.now());
    const due = this.view.due().at(0);
    return due && beginRerating(due.priceVersion, this.clock.now());
  }
}
