import { Command } from '@nestjs/cqrs';
import type { CommandMeta } from '#kernel/decider.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { ClockReading } from '#event-sourcing/ports/clock.js';

/** An owner says that the clock of the machine that is asked is right. Which time that is decided at, the clock says. */
export class ConfirmClock extends Command<Outcome<KernelCode>> {
  constructor(readonly meta: Omit<CommandMeta, 'nowMs'>) {
    super();
  }
}

/** Tells operators that an alarm of the clock has begun, or has ended. It stores nothing. */
export class TellOfClock extends Command<void> {
  constructor(readonly reading: ClockReading) {
    super();
  }
}
