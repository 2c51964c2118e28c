import { Command } from '@nestjs/cqrs';
import type { CommandMeta } from '#kernel/decider.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';

/** An owner says that the clock of the machine that is asked is right. Which time that is decided at, the clock says. */
export class ConfirmClock extends Command<Outcome<KernelCode>> {
  constructor(readonly meta: Omit<CommandMeta, 'nowMs'>) {
    super();
  }
}
