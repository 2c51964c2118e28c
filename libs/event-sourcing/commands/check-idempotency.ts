import type { CommandMeta } from '#kernel/decider.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { EventSourcingCode } from './event-sourcing.codes.js';
import type { IdempotencyKeysView } from './idempotency-keys.view.js';

/**
 * Idempotency keys, enforced: whoever carries out a command asks this before it decides, and decides nothing on a
 * refusal. What a repeat is answered with is for the one who asks: what the first was answered with.
 *
 * @param keys must have folded all that the decision is made on
 * @returns `idempotencyConflict` if the key of the command came with another request before
 */
export const checkIdempotency = (
  keys: IdempotencyKeysView,
  { commandId, nowMs }: Pick<CommandMeta, 'commandId' | 'nowMs'>,
): 'new' | 'repeat' | Refusal<EventSourcingCode> => {
  const verdict = keys.verdict(commandId, nowMs);
  return verdict === 'conflict' ? keyOfAnother : verdict;
};

const keyOfAnother = refuse(
  'idempotencyConflict',
  'This Idempotency-Key came with another request before; use a new one.',
);
