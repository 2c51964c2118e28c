import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Command, Decider, DomainEvent } from '#kernel/decider.js';
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

export interface ExecuteOptions<S> extends Precondition {
  readonly isThere?: () => boolean;
  readonly inView?: () => StreamState<S> | undefined;
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
   * @param precondition what the caller demands of what it finds: else it is refused with `staleVersion`. What the
   *   command changes is there once its stream has an event, unless `isThere` says otherwise. `inView`: where a view has
   *   the stream's state, so that nobody folds it a second time; undefined if the view does not keep this stream.
   * @throws ConcurrencyConflict if other writers were faster again and again
   */
  execute<C extends Command, S, E extends DomainEvent, Code extends string>(
    decider: StoredDecider<C, S, E, Code>,
    stream: string,
    command: C,
    { isThere, inView, ...precondition }: ExecuteOptions<NoInfer<S>> = {},
  ): Promise<Outcome<Code>> {
    return retryOnConflict(stream, async () => {
      const { state, revision } = await this.find(decider, stream, inView);
      const spent = checkIdempotency(this.spentCommands, command.meta);
      if (spent !== 'new') return spent === 'repeat' ? { revision, repeated: true } : spent;
      const refused = preconditionRefusal(precondition, revision, isThere?.() ?? revision !== noStream);
      if (refused !== undefined) return refused;
      const events = decider.decide(command, state);
      if (isRefusal(events)) return events;
      return events.length === 0 ? { revision, repeated: false } : this.append(stream, revision, command, events);
    });
  }

  private async append(
    stream: string,
    expectedRevision: number,
    { meta: { commandId, nowMs, actor, reason } }: Command,
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
    if (inView !== undefined) return (await this.lookUp(stream, inView)) ?? this.foldOn(decider, stream);
    // A stream has one decider: what was remembered under its name is that decider's state.
    const atHand = this.atHand.get(stream) as Known<S> | undefined;
    const known = await this.foldOn(decider, stream, atHand);
    this.remember(stream, known);
    return known;
  }

  /** What a view has of the stream, once it has folded all that the log has now. */
  private async lookUp<S>(
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
