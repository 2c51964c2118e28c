import { BursarError } from './bursar-error.js';
import type { ClientClock } from './clock.js';

/** What waiting and chance are made of. */
export interface RetryContext {
  readonly clock: ClientClock;
  /** A number from 0 to below 1: many clients that failed together must not come back together. */
  readonly random: () => number;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
const passingStatuses = [429, 502, 503, 504];
const passingCodes = ['unreachable', 'noAnswerInTime'];

/** Whether the same request may well be answered a little later. */
const isPassing = (error: unknown): boolean =>
  error instanceof BursarError && (passingStatuses.includes(error.status) || passingCodes.includes(error.code));

/**
 * How long to wait before the next try: longer each time, with chance in it, and never shorter than the service asked for.
 *
 * @param failures how many tries have failed before this one
 * @returns milliseconds
 */
export const pauseMs = (error: unknown, failures: number, random: () => number): number => {
  const growing = Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
  const askedMs = (error instanceof BursarError ? (error.retryAfterSeconds ?? 0) : 0) * 1_000;
  return askedMs > 0 ? askedMs + random() * firstPauseMs : (growing * (1 + random())) / 2;
};

/**
 * Tries until it succeeds, as long as the failure may pass.
 *
 * @param forMs no try starts later than this after the first one
 * @param signal ends the waiting between two tries, never a try
 * @throws what the last try threw
 */
export const retrying = async <T>(
  attempt: () => Promise<T>,
  { clock, random }: RetryContext,
  forMs: number,
  signal?: AbortSignal,
): Promise<T> => {
  const giveUpMs = clock.monotonicMs() + forMs;
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = pauseMs(error, failures, random);
      if (!isPassing(error) || clock.monotonicMs() + waitMs > giveUpMs) throw error;
      await clock.sleep(waitMs, signal);
      if (signal?.aborted === true) throw error;
    }
  }
};
