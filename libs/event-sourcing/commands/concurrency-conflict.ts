import { LogFailure } from '../ports/event-log.js';

/** Each try loses to one that wins: with many processes a decision is made after a few, and hardly ever after all. */
const triesOnConflict = 32;

/**
 * Optimistic concurrency: other processes were faster again and again. Nothing was stored, and the same may be asked
 * again.
 */
export class ConcurrencyConflict extends Error {
  constructor(stream: string) {
    super(`${stream}: other writers were faster ${String(triesOnConflict)} times`);
  }
}

/** Whether what could not be stored may be stored by the same try a little later. */
export const isTransient = (error: unknown): boolean =>
  error instanceof ConcurrencyConflict || (error instanceof LogFailure && error.code === 'unavailable');

/**
 * Decides again as long as another writer was faster.
 *
 * @param attempt decides and appends at the revision it has decided at; undefined after a conflict, when what it missed
 * is known
 * @throws ConcurrencyConflict after a bounded number of tries
 */
export const retryOnConflict = async <T>(stream: string, attempt: () => Promise<T | undefined>): Promise<T> => {
  for (let tries = 0; tries < triesOnConflict; tries++) {
    const outcome = await attempt();
    if (outcome !== undefined) return outcome;
  }
  throw new ConcurrencyConflict(stream);
};
