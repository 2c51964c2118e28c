import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Command, CommandMeta, Decider, DomainEvent } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import { isRefusal } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import { EventLog, noStream } from '../ports/event-log.js';
import { proposeEvent } from '../ports/propose-event.js';
import { checkIdempotency } from './check-idempotency.js';
import { IdempotencyKeysView } from './idempotency-keys.view.js';
import { Feed } from '../feed/feed.js';
import type { StreamState } from '../view.js';
import { retryOnConflict } from './concurrency-conflict.js';
import type { EventSourcingCode } from './event-sourcing.codes.js';
import { type Precondition, preconditionRefusal } from './precondition.js';

/** What a command led to: where its stream stands now, and whether it had been carried out before. */
export interface Executed {
  readonly revision: number;
  readonly repeated: boolean;
}

/** What a command led to, or why not: a code that its decider refuses with, or one of carrying out any command. */
export type Outcome<Code extends string = never> = Executed | Refusal<Code | EventSourcingCode>;

/** A decider and the one schema of its events: what is read from the log is parsed. */
export interface StoredDecider<C extends Command, S, E extends DomainEvent, Code extends string> extends Decider<
  C,
  S,
  E,
  Code
> {
  readonly event: z.ZodType<E>;
}

export interface ExecuteOptions<S, Before extends string = never> extends Precondition {
  /** What the command changes is there once its stream has an event, unless this says otherwise. */
  readonly isThere?: () => boolean;
  /** Where a view has the stream's state, so that nobody folds it a second time; undefined if it does not keep the stream. */
  readonly inView?: () => StreamState<S> | undefined;
  /**
   * Adds to the state what its stream does not say, such as a record in the log, or says why the command is refused. Runs
   * on each try, behind the state: what is stored on the stream meanwhile is a conflict, and it is looked up again.
   */
  readonly lookUp?: (state: S) => Promise<S | Refusal<Before>>;
  /** An id that says at which revision it is decided, in place of the command's own. */
  readonly commandIdAt?: (revision: number) => string;
}

/** What a command led to, and what it was decided on. */
interface CarriedOut<S> {
  readonly executed: Executed;
  readonly state: S;
}

interface Known<S> extends StreamState<S> {
  /** Of the stream's last event in the log. */
  readonly position: number;
}

const eventsPerRead = 500;
const streamsAtHand = 10_000;

/**
 * Carries out one command of any decider: finds the state, skips a spent command, decides, appends at the expected
 * revision, decides again if another writer was faster, and resolves when every view has folded the outcome.
 */
@Injectable()
export class Commands {
  /** Of streams that no view folds. */
  private readonly atHand = new Map<string, Known<unknown>>();

  constructor(
    private readonly log: EventLog,
    private readonly feed: Feed,
    private readonly spentCommands: IdempotencyKeysView,
  ) {}

  /**
   * @param options how its state is found, and what the caller demands of what it finds: else it is refused with
   *   `staleVersion`
   * @throws ConcurrencyConflict if other writers were faster again and again
   */
  async execute<C extends Command, S, E extends DomainEvent, Code extends string, Before extends string = never>(
    decider: StoredDecider<C, S, E, Code>,
    stream: string,
    command: C,
    options: ExecuteOptions<NoInfer<S>, Before> = {},
  ): Promise<Outcome<Code | Before>> {
    const done = await this.carryOut(decider, stream, command, options);
    return isRefusal(done) ? done : done.executed;
  }

  /** The same, for who answers with what the command was decided on. */
  carryOut<C extends Command, S, E extends DomainEvent, Code extends string, Before extends string = never>(
    decider: StoredDecider<C, S, E, Code>,
    stream: string,
    command: C,
    { isThere, inView, lookUp, commandIdAt, ...precondition }: ExecuteOptions<NoInfer<S>, Before>,
  ): Promise<CarriedOut<S> | Refusal<Code | Before | EventSourcingCode>> {
    return retryOnConflict(stream, async () => {
      const { state: found, revision } = await this.find(decider, stream, inView);
      const state = lookUp === undefined ? found : await lookUp(found);
      if (isRefusal(state)) return state;
      const spent = checkIdempotency(this.spentCommands, command.meta);
      if (isRefusal(spent)) return spent;
      if (spent === 'repeat') return { executed: { revision, repeated: true }, state };
      const refused = preconditionRefusal(precondition, revision, isThere?.() ?? revision !== noStream);
      if (refused !== undefined) return refused;
      const events = decider.decide(command, state);
      if (isRefusal(events)) return events;
      if (events.length === 0) return { executed: { revision, repeated: false }, state };
      const meta = commandIdAt === undefined ? command.meta : { ...command.meta, commandId: commandIdAt(revision) };
      const executed = await this.append(stream, revision, meta, events);
      return executed && { executed, state };
    });
  }

  private async append(
    stream: string,
    expectedRevision: number,
    { commandId, nowMs, actor, reason }: CommandMeta,
    events: readonly DomainEvent[],
  ): Promise<Executed | undefined> {
    const meta = { commandId, now: formatInstant(nowMs), actor, reason };
    const proposed = events.map((event, place) => proposeEvent(commandId, place, event, meta));
    const outcome = await this.log.append({ stream, expectedRevision, events: proposed });
    // What the other writer stored has to be known here before the next try: it may have been the same command.
    await this.feed.reached(outcome.code === 'stored' ? outcome.position : await this.log.head());
    return outcome.code === 'stored' ? { revision: outcome.revision, repeated: outcome.repeated } : undefined;
  }

  // The views must know at least as much as the state: whether this very command was spent is for them to say.
  private async find<C extends Command, S, E extends DomainEvent, Code extends string>(
    decider: StoredDecider<C, S, E, Code>,
    stream: string,
    inView?: ExecuteOptions<S>['inView'],
  ): Promise<StreamState<S>> {
    if (inView !== undefined) return (await this.foldedInView(stream, inView)) ?? this.foldOn(decider, stream);
    // A stream has one decider: what was remembered under its name is that decider's state.
    const atHand = this.atHand.get(stream) as Known<S> | undefined;
    const known = await this.foldOn(decider, stream, atHand);
    this.remember(stream, known);
    return known;
  }

  /** What a view has of the stream, once it has folded all that the log has now. */
  private async foldedInView<S>(
    stream: string,
    inView: () => StreamState<S> | undefined,
  ): Promise<StreamState<S> | undefined> {
    let revision = inView()?.revision ?? noStream;
    for (;;) {
      const events = await this.log.read(stream, revision + 1, eventsPerRead);
      revision += events.length;
      await this.feed.reached(events.at(-1)?.position ?? 0);
      if (events.length < eventsPerRead) break;
    }
    const found = inView();
    if (found === undefined || found.revision >= revision) return found;
    const [stored, folded] = [String(revision), String(found.revision)];
    throw new Error(`${stream}: the view that has folded revision ${stored} says that it stands at ${folded}`);
  }

  private async foldOn<C extends Command, S, E extends DomainEvent, Code extends string>(
    decider: StoredDecider<C, S, E, Code>,
    stream: string,
    known: Known<S> = { state: decider.initial, revision: noStream, position: 0 },
  ): Promise<Known<S>> {
    let { state, revision, position } = known;
    for (;;) {
      const events = await this.log.read(stream, revision + 1, eventsPerRead);
      for (const { type, data } of events) state = decider.evolve(state, decider.event.parse({ type, data }));
      revision += events.length;
      position = events.at(-1)?.position ?? position;
      if (events.length < eventsPerRead) break;
    }
    await this.feed.reached(position);
    return { state, revision, position };
  }

  private remember(stream: string, known: Known<unknown>): void {
    this.atHand.delete(stream);
    this.atHand.set(stream, known);
    if (this.atHand.size <= streamsAtHand) return;
    const [oldest] = this.atHand.keys();
    this.atHand.delete(oldest);
  }
}
