import { setTimeout } from 'node:timers/promises';

/** How long to wait between tries: at least half of a span that doubles from the first to the longest. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * Waits before try number `tries` + 1, from 1, with jitter so that processes that lost a server together do not come
 * back together. Resolves early when the signal is aborted.
 */
export const backOff = async ({ firstMs, longestMs }: Backoff, tries: number, signal: AbortSignal): Promise<void> => {
  const spanMs = Math.min(longestMs, firstMs * 2 ** Math.min(tries - 1, 20));
  const waitMs = spanMs * (0.5 + Math.random() / 2);
  await setTimeout(waitMs, undefined, { signal }).catch(() => undefined);
};
