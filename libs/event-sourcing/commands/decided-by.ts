import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { type Command as NestCommand, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Command, DomainEvent } from '#kernel/decider.js';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import type { InjectedClasses } from '../injected-classes.js';
import { noStream } from '../ports/event-log.js';
import { Commands, type Executed, type ExecuteOptions, type StoredDecider } from './execute.js';
import type { Precondition } from './precondition.js';

/** What any command of the bus carries, perhaps with what its sender demands of what it finds. */
interface BusCommand {
  readonly data: object;
  readonly precondition?: Precondition | undefined;
}

/** Where a command is decided, and on what. */
interface Decided<C, S, Before extends string, Answer> extends Omit<ExecuteOptions<S, Before>, keyof Precondition> {
  readonly stream: string;
  /** What is decided on: the command as it was sent, or with what its handler knows, such as ids as they are stored. */
  readonly command: C;
  /** What its sender is told in place of `Executed`, by what it was decided on. */
  readonly answer?: (executed: Executed, state: S) => Answer;
}

/** Where a command is decided, or why it is refused before; undefined: there is nothing to do any more. */
type Found<C, S, Before extends string, Answer> = Decided<C, S, Before, Answer> | Refusal<Before> | undefined;

/** What a command that was not refused resolves to. */
type AnswerOf<B> = B extends NestCommand<infer Result> ? Exclude<Result, Refusal<string>> : never;

/** Nothing was looked at, and nothing stored. */
const nothingToDo: Executed = { revision: noStream, repeated: false };

/** A class of commands of the bus. */
type AnyBusCommandType = new (...given: never[]) => BusCommand;

/**
 * Command handlers: one class for each class of commands of a decider, all of which do the same (`Commands.execute`). The
 * bus finds a handler by the class it is of, therefore each is made here rather than written.
 *
 * @param inject the views that `where` is given behind the command
 * @param where the stream that a command is decided on, and what is decided there. It runs once: what the decision depends
 *   on and may change until it is stored is found by `inView` and `lookUp`, which run on each try
 * @returns providers for a module
 */
export const decidedBy = <
  BusCommandType extends AnyBusCommandType,
  C extends Command,
  S,
  E extends DomainEvent,
  Code extends string,
  Before extends string,
  Views extends readonly unknown[],
>(
  decider: StoredDecider<C, S, E, Code>,
  types: readonly BusCommandType[],
  inject: InjectedClasses<Views>,
  where: (
    busCommand: InstanceType<BusCommandType>,
    ...views: Views
  ) => Awaitable<Found<C, S, Before, AnswerOf<InstanceType<BusCommandType>>>>,
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

      async execute(
        busCommand: InstanceType<BusCommandType> & BusCommand,
      ): Promise<Executed | AnswerOf<InstanceType<BusCommandType>> | Refusal<string>> {
        const found = await where(busCommand, ...this.views);
        if (found === undefined) return nothingToDo;
        if (isRefusal(found)) return found;
        const { stream, command, answer, ...options } = found;
        const { precondition }: BusCommand = busCommand;
        const done = await this.commands.carryOut(decider, stream, command, { ...options, ...precondition });
        if (isRefusal(done)) return done;
        return answer === undefined ? done.executed : answer(done.executed, done.state);
      }
    }
    Reflect.defineMetadata('design:paramtypes', [Commands, ...inject], Handler);
    Object.defineProperty(Handler, 'name', { value: `${type.name}Handler` });
    CommandHandler(type)(Handler);
    return Handler;
  });

type Awaitable<T> = T | Promise<T>;
