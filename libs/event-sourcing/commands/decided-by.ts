import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { type Command as BusCommand, CommandHandler, type CommandResult, type ICommandHandler } from '@nestjs/cqrs';
import type { Command, DomainEvent } from '#kernel/decider.js';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import type { InjectedClasses } from '../injected-classes.js';
import { Commands, type Executed, type ExecuteOptions, type StoredDecider } from './execute.js';
import type { Precondition } from './precondition.js';

/** What the sender demands of what a command finds, if anything. */
interface Demanding {
  readonly precondition?: Precondition | undefined;
}

/** Where a command is decided, and on what. */
interface Decided<C, S, Before extends string> extends Omit<ExecuteOptions<S, Before>, keyof Precondition> {
  readonly stream: string;
  /** What is decided on instead of the command as it was sent: with its ids as they are stored. */
  readonly command?: C;
  /** What its sender is told in place of `Executed`, by what it was decided on. */
  readonly answer?: (executed: Executed, state: S) => AnswerOf<C>;
}

/** What a command that was not refused resolves to. */
type AnswerOf<C> = C extends BusCommand<unknown> ? Exclude<CommandResult<C>, Refusal<string>> : never;

/** A class of commands of the bus, each of which a decider decides on. */
type CommandType<C extends Command> = new (...given: never[]) => C;

/**
 * Command handlers: one class for each class of commands of a decider, all of which do the same (`Commands.execute`). The
 * bus finds a handler by the class it is of, therefore each is made here rather than written.
 *
 * @param inject the views that `where` is given behind the command
 * @param where the stream that a command is decided on, or why it is refused before. It runs once: what the decision
 *   depends on and may change until it is stored is found by `inView` and `lookUp`, which run on each try
 * @returns providers for a module
 */
export const decidedBy = <
  C extends Command,
  S,
  E extends DomainEvent,
  Code extends string,
  Before extends string,
  Views extends readonly unknown[],
>(
  decider: StoredDecider<C, S, E, Code>,
  types: readonly CommandType<C>[],
  inject: InjectedClasses<Views>,
  where: (command: C, ...views: Views) => Decided<C, S, Before> | Refusal<Before>,
): readonly Type<ICommandHandler>[] =>
  types.map((type) => {
    class Handler {
      private readonly views: Views;

      constructor(
        private readonly commands: Commands,
        ...views: Views
      ) {
        this.views = views;
      }

      async execute(command: C & Demanding): Promise<Executed | AnswerOf<C> | Refusal<string>> {
        const decided = where(command, ...this.views);
        if (isRefusal(decided)) return decided;
        const { stream, command: stored = command, answer, ...options } = decided;
        const done = await this.commands.carryOut(decider, stream, stored, { ...options, ...command.precondition });
        if (isRefusal(done)) return done;
        return answer === undefined ? done.executed : answer(done.executed, done.state);
      }
    }
    Reflect.defineMetadata('design:paramtypes', [Commands, ...inject], Handler);
    Object.defineProperty(Handler, 'name', { value: `${type.name}Handler` });
    CommandHandler(type)(Handler);
    return Handler;
  });
