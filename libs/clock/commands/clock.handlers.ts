import { Logger } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { isRefusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { Commands, type Outcome } from '#event-sourcing/commands/execute.js';
import { WatchedClock } from '#event-sourcing/ports/clock.js';
import { clockConfirmed } from '../domain/clock.events.js';
import { clockDecider, clockStream } from '../domain/clock.js';
import { ConfirmClock, TellOfClock } from './clock.commands.js';
import { ToldAlarm } from './told-alarm.js';

const decider = { ...clockDecider, event: clockConfirmed };

/** Command handler: believes the clock of the machine from the moment on at which that is on record. */
@CommandHandler(ConfirmClock)
class ConfirmClockHandler implements ICommandHandler<ConfirmClock> {
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

/** Command handler: says it where the operator looks, once. */
@CommandHandler(TellOfClock)
class TellOfClockHandler implements ICommandHandler<TellOfClock> {
  private readonly logger = new Logger('clock');

  constructor(private readonly told: ToldAlarm) {}

  async execute({ reading: { alarm, wallMs, trustedMs } }: TellOfClock): Promise<void> {
    if (alarm?.kind === this.told.kind) return;
    const differenceMs = wallMs - trustedMs;
    if (alarm !== undefined) this.logger.error({ message: alarm.detail, kind: alarm.kind, differenceMs });
    else this.logger.warn({ message: 'The clock of this machine is believed again.', differenceMs });
    this.told.kind = alarm?.kind;
  }
}

export const clockHandlers = [ConfirmClockHandler, TellOfClockHandler];
