import { Command } from '@nestjs/cqrs';

/**
 * Command: what a saga says is due. It carries what is known at that moment; what is to be stored, and by which command
 * id, its handler says when it is carried out, or that there is nothing to do any more. `Result` is what `execute` of the
 * bus resolves to.
 */
export abstract class DueCommand<Data extends object, Result> extends Command<Result> {
  /** @param nowMs when it was seen to be due, milliseconds since 1970: what it is decided at */
  constructor(
    readonly data: Data,
    readonly nowMs: number,
  ) {
    super();
  }
}
