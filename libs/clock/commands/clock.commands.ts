import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import { isRefusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { clockConfirmed } from '../domain/clock.events.js';
import { clockDecider, clockStream } from '../domain/clock.js';
import { WatchedClock } from '#event-sourcing/ports/clock.js';
import { Commands } from '#event-sourcing/commands/execute.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';

const decider = { ...clockDecider, event: clockConfirmed };

/** What an owner says about the clock of the machine that is asked. */
@Injectable()
export class ClockCommands {
  constructor(
    private readonly commands: Commands,
    private readonly clock: WatchedClock,
  ) {}

  /** Believes the clock of the machine from the moment on at which that is on record. */
  async confirm(requested: Omit<CommandMeta, 'nowMs'>): Promise<Outcome<KernelCode>> {
    const { wallMs, trustedMs, alarm } = this.clock.read();
    const meta = { ...requested, nowMs: trustedMs };
    const data = { wallMs, trustedMs, isInDoubt: alarm !== undefined };
    const executed = await this.commands.execute(decider, clockStream, { type: 'ConfirmClock', data, meta });
    if (!isRefusal(executed) && !executed.repeated) this.clock.confirm();
    return executed;
  }
}
