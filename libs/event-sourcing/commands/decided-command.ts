import { Command } from '@nestjs/cqrs';
import type { CommandMeta } from '#kernel/decider.js';
import type { Precondition } from './precondition.js';

/**
 * Command: a wish of the bus that a decider decides on. `Result` is what `execute` of the bus resolves to. Its class adds
 * the `type` that the decider knows it by.
 */
export abstract class DecidedCommand<Data extends object, Result> extends Command<Result> {
  /** @param precondition what the sender demands of what the command finds */
  constructor(
    readonly data: Data,
    readonly meta: CommandMeta,
    readonly precondition?: Precondition,
  ) {
    super();
  }
}
