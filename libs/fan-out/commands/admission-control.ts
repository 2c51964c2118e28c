import { Injectable } from '@nestjs/common';
import { formatInstant } from '#kernel/instants.js';
import type { Reach } from '#kernel/reach.js';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import { expire } from '../domain/admission.js';
import { admissionStream, type FanOutEvent } from '../domain/fan-out.events.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { EventLog, type ProposedEvent } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { Admissions } from '../domain/admissions.js';
import { checkIdempotency } from '#event-sourcing/commands/check-idempotency.js';
import { retryOnConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import type { EventSourcingCode } from '#event-sourcing/commands/event-sourcing.codes.js';
import { IdempotencyKeysView, isKey } from '#event-sourcing/commands/idempotency-keys.view.js';
import { Feed } from '#event-sourcing/feed/feed.js';

/** Who wants something of the desk, and why. */
export interface Requester {
  readonly commandId: string;
  readonly actor: string;
  readonly reason: string;
  /** The only groups whose fan-outs and tasks it may name; all of them if left out. */
  readonly reach?: Reach;
  /** Throws when another process had revoked its key before it asked. */
  readonly readmit?: () => void;
}

/**
 * Decides at admission time, against everything that was decided before in the same batch. What it says with `record`
 * is stored with all else of the batch, before the answer goes out. It may be called again when another process was
 * faster, so it must change nothing else.
 */
export type Decision<T> = (nowMs: number, record: (event: FanOutEvent) => void) => T;

/** A decision on a command. What a repeat of its request has stored, the first one has. */
type CommandDecision<T> = (nowMs: number, record: (event: FanOutEvent) => void, isRepeat: boolean) => T;

interface Waiting {
  readonly asker: Requester;
  readonly decide: (nowMs: number, record: (event: FanOutEvent) => void) => void;
  readonly answer: () => void;
  readonly fail: (error: unknown) => void;
}

const decisionsPerBatch = 512;
const system: Requester = { commandId: 'expire', actor: 'system:admission', reason: 'its time has passed' };

/**
 * Admission control: the one place where grants are made: whoever asks while a flush runs is decided next, one after
 * another against the same state, and stored together. An answer goes out when what it says is durable.
 */
@Injectable()
export class AdmissionControl {
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly feed: Feed,
    private readonly admissions: Admissions,
    private readonly clock: Clock,
    private readonly spentCommands: IdempotencyKeysView,
  ) {}

  /**
   * Carries out a command: decides, unless its key came with another request before, and resolves when whoever sends the
   * key again finds it spent. Throws what `decide` throws.
   */
  async execute<T>(asker: Requester, decision: CommandDecision<T>): Promise<T | Refusal<EventSourcingCode>> {
    const { commandId } = asker;
    const answer = await this.decide(asker, (nowMs, record) => {
      const spent = checkIdempotency(this.spentCommands, { commandId, nowMs });
      return isRefusal(spent) ? spent : decision(nowMs, record, spent === 'repeat');
    });
    if (isKey(commandId)) await this.folded();
    return answer;
  }

  /**
   * @throws LogFailure when the log cannot be written: whoever asks the same again is told what became of it
   * @throws ConcurrencyConflict when other processes were faster again and again: nothing was granted
   */
  decide<T>(asker: Requester, decision: Decision<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let answer: () => void = () => undefined;
      this.waiting.push({
        asker,
        decide: (nowMs, record) => {
          answer = this.answerOf(() => decision(nowMs, record), resolve, reject);
        },
        answer: () => {
          answer();
        },
        fail: reject,
      });
      this.running ??= this.run();
    });
  }

  /**
   * Must be awaited before anything is looked up for a decision, so that it is made on no less than what any process had
   * stored when it was asked for (law 4), its key included. Undefined where nobody else stores.
   */
  upToDate({ readmit }: Requester): Promise<void> | undefined {
    return this.feed.upToDate()?.then(readmit);
  }

  /** Resolves when the views know all that is stored. */
  private async folded(): Promise<void> {
    await this.feed.reached(await this.log.head());
  }

  /** Whether the time of a lease has passed and that is not noted yet. */
  hasExpiredLeases(): boolean {
    return this.admissions.due(this.admissionMs()).length > 0;
  }

  /** Notes leases that have ended, whether or not anybody asks. */
  async sweep(): Promise<void> {
    if (this.hasExpiredLeases()) await this.decide(system, () => undefined);
  }

  /** Resolves when everybody who waits has been answered. */
  async settled(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  /** What cannot be decided is told to who asked it, and to nobody who waits beside them. */
  private answerOf<T>(decision: () => T, resolve: (decided: T) => void, reject: (error: unknown) => void): () => void {
    try {
      const decided = decision();
      return () => {
        resolve(decided);
      };
    } catch (error) {
      return () => {
        reject(error);
      };
    }
  }

  private async run(): Promise<void> {
    // Those who come in the same turn are decided together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, decisionsPerBatch);
      try {
        await this.decideAll(batch);
        for (const { answer } of batch) answer();
      } catch (error) {
        for (const { fail } of batch) fail(error);
      }
    }
    // In the same turn as the last look: whoever comes now starts it again, and waits for nobody.
    this.running = undefined;
  }

  private async decideAll(batch: readonly Waiting[]): Promise<void> {
    await retryOnConflict(admissionStream, async () => {
      const { admissions } = this;
      const decided = this.tryAll(batch);
      if (decided.length === 0) return decided;
      const { revision } = admissions;
      const outcome = await this.log.append({
        stream: admissionStream,
        expectedRevision: revision,
        events: decided.map(({ proposed }) => proposed),
      });
      if (outcome.code === 'stored') {
        // An event is applied once, by its revision: here or by the feed, whichever hears of it first. Whoever is decided
        // next must not wait for the feed. What was tried out before is no part of it: see `tryAll`.
        decided.forEach(({ event }, place) => {
          admissions.apply(event, revision + 1 + place);
        });
        return decided;
      }
      await this.folded();
      return undefined;
    });
  }

  /**
   * Decides the batch on what each of its decisions makes of the state, and takes all of that back. It cannot be kept
   * until the append is answered: meanwhile snapshots and answers would hold what is not durable (law 3), and the feed
   * folds spend, what others have stored, or these very events, on a state that counts them already (law 4).
   */
  private tryAll(batch: readonly Waiting[]): readonly { event: FanOutEvent; proposed: ProposedEvent }[] {
    const nowMs = this.admissionMs();
    const now = formatInstant(nowMs);
    const decided: { event: FanOutEvent; proposed: ProposedEvent }[] = [];
    this.admissions.speculate((evolve) => {
      const recordFor = (asker: Requester) => (event: FanOutEvent) => {
        evolve(event);
        decided.push({ event, proposed: this.propose(event, asker, now) });
      };
      expire(this.admissions, nowMs, recordFor(system));
      for (const { asker, decide } of batch) decide(nowMs, recordFor(asker));
    });
    return decided;
  }

  private propose(event: FanOutEvent, { actor, reason, commandId: cause }: Requester, now: string): ProposedEvent {
    // Of what it means: a repeat after an unknown outcome is recognised.
    const commandId = `${cause}:${event.data.fanOutId}:${String(this.admissions.revision)}`;
    return proposeEvent(commandId, 0, event, { commandId, now, actor, reason });
  }

  /** Never runs backwards: no lease ends early or twice because a clock was set, or two processes disagree. */
  private admissionMs(): number {
    return Math.max(this.clock.now(), this.admissions.lastMs);
  }
}
