import { Changes } from '../changes.js';
import type { Clock } from '../ports/clock.js';
import { TimeSlice } from '../turns.js';
import type { Due, Evaluation, Wake } from './evaluation.js';
import type { Lanes } from './lanes.js';
import { leftMs } from './left-ms.js';
import { SagaCommand } from './saga-command.js';

/**
 * Level-triggered reconciliation, one policy: evaluates it whenever something may be due, one evaluation after another. What
 * changes meanwhile is looked at next, also in the middle of a look at everything.
 */
export class EvaluationLoop {
  private changes = new Changes();
  private everything = true;
  private isDue = false;
  private isStopped = false;
  private evaluatedAtMs = -Infinity;
  private resting: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly evaluation: Evaluation,
    private readonly lanes: Lanes,
    private readonly clock: Clock,
    private readonly emit: (command: SagaCommand) => void,
  ) {}

  /** @param changes it is not kept */
  collect(changes: Changes): void {
    const concernsIt = this.changes.merge(changes, this.evaluation.collects ?? []);
    if (changes.everything || this.lanes.takeRetry()) this.everything = true;
    // A change set that is empty says that time has passed, which concerns all.
    if (!concernsIt && !this.everything && !changes.isEmpty) return;
    this.isDue = true;
    this.run();
  }

  start(): void {
    this.isStopped = false;
    this.everything = true;
    this.isDue = true;
    this.run();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.resting);
    this.resting = undefined;
  }

  async settled(): Promise<void> {
    for (;;) {
      if (this.isDue && this.running === undefined && !this.isStopped) this.beginEvaluation();
      if (this.running === undefined && this.lanes.isIdle) return;
      await this.running;
      await this.lanes.settled();
    }
  }

  private run(): void {
    if (this.isStopped || this.running !== undefined) return;
    const restMs = this.restLeftMs();
    if (this.everything || restMs === 0) this.beginEvaluation();
    else {
      this.resting ??= setTimeout(() => {
        this.resting = undefined;
        if (this.isDue) this.run();
      }, restMs);
    }
  }

  private restLeftMs(): number {
    return leftMs(this.evaluatedAtMs, this.evaluation.minIntervalMs ?? 0, this.clock.now());
  }

  private beginEvaluation(): void {
    this.running = this.evaluate(this.take()).finally(() => {
      this.running = undefined;
      // Something may have come meanwhile.
      if (this.isDue) this.run();
    });
  }

  private take(): Wake {
    const { everything } = this;
    this.isDue = false;
    this.everything = false;
    return { everything, ...this.takeChanges() };
  }

  private takeChanges(): Omit<Wake, 'everything'> {
    const { changes } = this;
    this.changes = new Changes();
    this.evaluatedAtMs = this.clock.now();
    return { nowMs: this.evaluatedAtMs, changes };
  }

  private async evaluate(wake: Wake): Promise<void> {
    try {
      const work = new TimeSlice();
      for (const due of this.evaluation.evaluate(wake)) {
        if (this.isStopped) return;
        if (due !== undefined) this.ask(due);
        while (this.lanes.isFull) await this.lanes.oneEnded();
        if (!work.isDue()) continue;
        await work.giveWay();
        await this.evaluateChanged(wake);
      }
    } catch (error) {
      this.lanes.failed('all that may be due', error);
    }
  }

  // Everything may take seconds, and what has just changed is what people wait for.
  private async evaluateChanged({ everything }: Wake): Promise<void> {
    if (!everything || this.changes.isEmpty) return;
    await this.evaluate({ everything: false, ...this.takeChanges() });
  }

  private ask(due: Due): void {
    if ('error' in due) this.lanes.failed(due.subject, due.error);
    else this.emit(new SagaCommand(this.lanes.saga, due.subject, due.command));
  }
}
