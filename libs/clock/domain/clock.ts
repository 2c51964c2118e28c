import type { CommandOf, Decider } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import { type Refusal, refuse } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { ClockConfirmed } from './clock.events.js';

/** The stream of confirmations, of all machines that share the log. */
export const clockStream = 'clock';

/** What the clock of a machine says, and which time counts there. */
interface ClockReading {
  readonly wallMs: number;
  readonly trustedMs: number;
  /** Whether there is anything to confirm. */
  readonly isInDoubt: boolean;
}

/** Says that the clock of the machine is right, whatever trusted time says. */
export type ClockCommand = CommandOf<'ConfirmClock', ClockReading>;

const decide = ({ data, meta }: ClockCommand): readonly ClockConfirmed[] | Refusal<KernelCode> => {
  if (meta.reason.trim() === '') return refuse('reasonMissing', 'Say why the clock is right: it is kept in the audit.');
  if (!data.isInDoubt) return [];
  const { wallMs, trustedMs } = data;
  return [{ type: 'ClockConfirmed', data: { wallAt: formatInstant(wallMs), trustedAt: formatInstant(trustedMs) } }];
};

/** Decides on the stream `clock`. What was confirmed before does not matter. */
export const clockDecider: Decider<ClockCommand, null, ClockConfirmed, KernelCode> = {
  initial: null,
  evolve: () => null,
  decide,
};
