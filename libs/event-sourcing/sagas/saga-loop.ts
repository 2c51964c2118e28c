import { Logger } from '@nestjs/common';
import type { Clock } from '../ports/clock.js';
import { TimeSlice } from '../turns.js';
import { MovedUsers } from './moved-users.js';
import { mergeGroups, type MovedGroups, type Moves, noMoves } from './moves.js';
import type { Saga, SagaStep, Wake } from './saga.js';

const retryMs = 5_000;
/** Steps of one saga that wait for the log together: they share its flushes. */
const stepsAtOnce = 32;

/** What is left of a time. A clock that is put back ends it: otherwise it would last until the old time is reached again. */
const leftMs = (beganMs: number, lastsMs: number, nowMs: number): number => {
  const passedMs = nowMs - beganMs;
  return passedMs < 0 ? 0 : Math.max(0, lastsMs - passedMs);
};

export interface SagaCounts {
  readonly steps: number;
  readonly failures: number;
}

/**
 * Level-triggered reconciliation: runs one saga whenever something is due, one look after another; what moves meanwhile
 * is looked at next, also in the middle of a look at everything. A step that fails is counted, and everything is looked
 * at again a little later.
 */
export class SagaLoop {
  private readonly logger = new Logger('sagas');
  private groups: MovedGroups = new Map();
  private users = new MovedUsers();
  private everything = false;
  private isDue = false;
  private isStopped = true;
  /** When the first step failed that was not tried again. */
  private failedAtMs: number | undefined;
  private lookedAtMs = -Infinity;
  private resting: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private readonly underWay = new Map<string, Promise<void>>();
  private steps = 0;
  private failures = 0;

  /** @param throttleMs after a look nothing but everything is looked at for so long: what moves is collected */
  constructor(
    readonly saga: Saga,
    private readonly clock: Clock,
    private readonly throttleMs: number,
  ) {}

  counted(): SagaCounts {
    return { steps: this.steps, failures: this.failures };
  }

  /** Whether it wants to know who has spent. */
  collectsUsers(): boolean {
    return this.saga.looksAt === 'users' && !this.users.isMany;
  }

  /** @param moves it is not kept */
  wake({ everything, groups, charges }: Moves): void {
    if (this.saga.looksAt !== 'time') mergeGroups(this.groups, groups);
    if (this.collectsUsers()) for (const { groupId, userId } of charges) this.users.add(groupId, userId);
    if (everything) this.everything = true;
    if (this.failedAtMs !== undefined && leftMs(this.failedAtMs, retryMs, this.clock.now()) === 0) {
      this.everything = true;
      this.failedAtMs = undefined;
    }
    this.isDue = true;
    this.run();
  }

  start(): void {
    this.isStopped = false;
    this.wake({ ...noMoves(), everything: true });
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.resting);
    this.resting = undefined;
    await this.settled();
  }

  /** Resolves when nothing is due any more. */
  async settled(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private run(): void {
    if (this.isStopped || this.running !== undefined) return;
    if (!this.mayLook()) {
      this.lookLater();
      return;
    }
    this.running = this.lookUntilQuiet().finally(() => {
      this.running = undefined;
      // Something may have come since it was quiet.
      if (this.isDue) this.run();
    });
  }

  private async lookUntilQuiet(): Promise<void> {
    while (this.isDue && !this.isStopped && this.mayLook()) await this.lookAt(this.taken());
    await Promise.all(this.underWay.values());
  }

  private mayLook(): boolean {
    return this.everything || this.restLeftMs() === 0;
  }

  private restLeftMs(): number {
    return leftMs(this.lookedAtMs, this.throttleMs, this.clock.now());
  }

  private lookLater(): void {
    this.resting ??= setTimeout(() => {
      this.resting = undefined;
      if (this.isDue) this.run();
    }, this.restLeftMs());
  }

  private taken(): Wake {
    const { everything } = this;
    this.lookedAtMs = this.clock.now();
    this.isDue = false;
    this.everything = false;
    return { ...this.takenMoves(), everything };
  }

  private takenMoves(): Omit<Wake, 'everything'> {
    const { groups, users } = this;
    this.groups = new Map();
    this.users = new MovedUsers();
    return { nowMs: this.clock.now(), groups, users };
  }

  private async lookAt(wake: Wake): Promise<void> {
    try {
      const work = new TimeSlice();
      for (const step of this.saga.due(wake)) {
        if (this.isStopped) return;
        if (step !== undefined) await this.take(step);
        if (!work.isDue()) continue;
        await work.giveWay();
        await this.lookAtMoved(wake);
      }
    } catch (error) {
      this.failed('looking for what is due', error);
    }
  }

  // Everything may take seconds, and what has just moved is what people wait for.
  private async lookAtMoved({ everything }: Wake): Promise<void> {
    if (!everything || this.groups.size === 0) return;
    await this.lookAt({ ...this.takenMoves(), everything: false });
  }

  private async take(step: SagaStep): Promise<void> {
    // Two steps about the same thing would only be in each other's way.
    await this.underWay.get(step.about);
    while (this.underWay.size >= stepsAtOnce) await Promise.race(this.underWay.values());
    this.steps++;
    this.underWay.set(
      step.about,
      this.taking(step).finally(() => this.underWay.delete(step.about)),
    );
  }

  private async taking(step: SagaStep): Promise<void> {
    try {
      await step.run();
    } catch (error) {
      this.failed(step.about, error);
    }
  }

  private failed(about: string, error: unknown): void {
    this.failures++;
    this.failedAtMs ??= this.clock.now();
    this.logger.error({ message: `The saga ${this.saga.name} failed for ${about}; it is tried again.`, error });
  }
}
