import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { isRefusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { Commands, type Outcome } from '#event-sourcing/commands/execute.js';
import { WatchedClock } from '#event-sourcing/ports/clock.js';
import { clockConfirmed } from '../domain/clock.events.js';
import { clockDecider, clockStream } from '../domain/clock.js';
import { ConfirmClock } from './clock.commands.js';

const decider = { ...clockDecider, event: clockConfirmed };

/** Command handler: believes the clock of the machine from the moment on at which that is on record. */
@CommandHandler(ConfirmClock)
export class ConfirmClockHandler implements ICommandHandler<ConfirmClock> {
  constructor(
    private readonly commands: Commands,
    private readonly clock: WatchedClock,
  ) {}

  async execute({ meta: requested }: ConfirmClock): Promise<Outcome<KernelCode>> {
    const { wallMs, trustedMs, alarm } = this.clock.read();
    const meta = { ...requested, nowMs: trustedMs };
    const data = { wallMs, trustedMs, isInDoubt: alarm !== undefined };
    const executed = await this.commands.execute(decider, clockStream, { type: 'ConfirmClock', data, meta });
    if (!isRefusal(executed) && !executed.repeated) this.clock.confirm();
    return executed;
  }
}
