import type { Command, Decider } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import { type Refusal, refuse } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { ClockConfirmed } from './clock.events.js';

/** The stream of confirmations, of all machines that share the log. */
export const clockStream = 'clock';

/** Says that the clock of the machine is right, whatever trusted time says. */
export interface ConfirmClock extends Command {
  readonly type: 'ConfirmClock';
  readonly data: {
    readonly wallMs: number;
    readonly trustedMs: number;
    /** Whether there is anything to confirm. */
    readonly isInDoubt: boolean;
  };
}

const decide = ({ data, meta }: ConfirmClock): readonly ClockConfirmed[] | Refusal<KernelCode> => {
  if (meta.reason.trim() === '') return refuse('reasonMissing', 'Say why the clock is right: it is kept in the audit.');
  if (!data.isInDoubt) return [];
  const { wallMs, trustedMs } = data;
  return [{ type: 'ClockConfirmed', data: { wallAt: formatInstant(wallMs), trustedAt: formatInstant(trustedMs) } }];
};

/** Decides on the stream `clock`. What was confirmed before does not matter. */
export const clockDecider: Decider<ConfirmClock, null, ClockConfirmed, KernelCode> = {
  initial: null,
  evolve: () => null,
  decide,
};
