import type { Refusal } from './refusal.js';

/** What every command carries: who asks, why, and the time it is decided at. */
export interface CommandMeta {
  readonly commandId: string;
  /** Milliseconds since 1970: time is an input. */
  readonly nowMs: number;
  /** `apiKey:<id>` or `system:<what>`. */
  readonly actor: string;
  /** May be empty, is never absent. */
  readonly reason: string;
}

export interface Command {
  readonly type: string;
  readonly data: object;
  readonly meta: CommandMeta;
}

/** One kind of command, as its decider is given it. */
export interface CommandOf<Type extends string, Data extends object> extends Command {
  readonly type: Type;
  readonly data: Data;
}

/** A fact in the past tense, made of literals. */
export interface DomainEvent {
  readonly type: string;
  readonly data: object;
}

/**
 * A pure decision. `decide` answers events (none when nothing changes) or a refusal; it never throws for a rule. `Code`
 * is what it may refuse with: nothing, unless it says so.
 */
export interface Decider<C extends Command, S, E extends DomainEvent, Code extends string = never> {
  readonly initial: S;
  readonly evolve: (state: S, event: E) => S;
  readonly decide: (command: C, state: S) => readonly E[] | Refusal<Code>;
}

export const unreachable = (value: never): never => {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
};
