import { type CommandOf, type Decider, unreachable } from '#kernel/decider.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { PeriodsCode } from './periods.codes.js';
import type { PeriodEvent } from './periods.events.js';

type PeriodEndNoted = CommandOf<'NotePeriodEnd', { readonly period: string }>;
/** `endsMs`: the first instant after the month, in the organisation's zone. */
type PeriodCloseAsked = CommandOf<'ClosePeriod', { readonly period: string; readonly endsMs: number }>;

export type PeriodCommand = PeriodEndNoted | PeriodCloseAsked;
export type PeriodState = 'open' | 'ended' | 'closed';

const evolve = (_period: PeriodState, { type }: PeriodEvent): PeriodState =>
  type === 'PeriodClosed' ? 'closed' : 'ended';

const decide = (command: PeriodCommand, state: PeriodState): readonly PeriodEvent[] | Refusal<PeriodsCode> => {
  const { period } = command.data;
  switch (command.type) {
    case 'NotePeriodEnd':
      return state === 'open' ? [{ type: 'PeriodEnded', data: { period } }] : [];
    case 'ClosePeriod':
      if (state === 'closed') return refuse('periodAlreadyClosed', `${period} is closed, and stays as it is.`);
      if (command.meta.nowMs < command.data.endsMs) {
        return refuse('periodNotEnded', `${period} has not ended yet; it can be closed when it has.`);
      }
      return [{ type: 'PeriodClosed', data: { period } }];
    default:
      return unreachable(command);
  }
};

/** Decides on `period-<yyyy-MM>`. Refuses with `periodNotEnded` and `periodAlreadyClosed`. */
export const periodDecider: Decider<PeriodCommand, PeriodState, PeriodEvent, PeriodsCode> = {
  initial: 'open',
  evolve,
  decide,
};
