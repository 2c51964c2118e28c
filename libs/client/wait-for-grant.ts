import type { Calls } from './calls.js';
import type { AskFanOut, DeniedFanOut, GrantedFanOut, Reason } from './fan-out-contract.js';
import { type RetryContext, retrying } from './retry.js';

/** A grant, and when the request it answers was sent: on the client's own clock, so that its lease ends no later here. */
export interface Granted {
  readonly answer: GrantedFanOut;
  readonly sentMs: number;
}

/** How long a request is sent again while the service is busy or away. */
const askForMs = 30_000;

/**
 * Asks until it is granted, waiting as long as that helps and the caller has time. The request is the same every time:
 * should an answer get lost, the next one names the same fan-out.
 *
 * @param waitAtMostMs 0: the first answer counts
 * @param signal ends the waiting; a request that is under way is waited for, so that a grant in it can be given back
 * @throws BursarError when there is no answer; the reason of `signal` when that ends it
 */
export const waitForGrant = async (
  calls: Pick<Calls, 'askFanOut'>,
  request: AskFanOut,
  retryContext: RetryContext,
  waitAtMostMs: number,
  signal?: AbortSignal,
): Promise<Granted | DeniedFanOut> => {
  const { clock, random } = retryContext;
  const giveUpMs = clock.monotonicMs() + waitAtMostMs;
  for (;;) {
    signal?.throwIfAborted();
    let sentMs = 0;
    const ask = () => {
      sentMs = clock.monotonicMs();
      return calls.askFanOut(request);
    };
    const answer = await retrying(ask, retryContext, askForMs, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
    if (answer.decision === 'granted') return { answer, sentMs };
    const waitMs = waitBeforeAsking(answer.reasons, giveUpMs - clock.monotonicMs(), random);
    if (waitMs === undefined) return answer;
    await clock.sleep(waitMs, signal);
  }
};

/** The service names the latest moment for these: a release, which may come at any time, helps sooner. */
const freedByReleases = [
  'organisationConcurrency',
  'groupConcurrency',
  'userConcurrency',
  'organisationCapExhausted',
  'groupCapExhausted',
];
const askForReleasesMs = 10_000;

/**
 * How long to wait before the same request may be granted: until every rule that binds may have let go.
 *
 * @param leftMs how long the caller still has
 * @returns milliseconds, or undefined when waiting is of no use
 */
const waitBeforeAsking = (reasons: readonly Reason[], leftMs: number, random: () => number): number | undefined => {
  const binding = reasons.filter(({ wouldHaveDenied }) => wouldHaveDenied !== true);
  if (leftMs <= 0 || binding.length === 0) return undefined;
  if (
    binding.some(({ unsatisfiable, retryAfterSeconds }) => unsatisfiable === true || retryAfterSeconds === undefined)
  ) {
    return undefined;
  }
  const fixed = binding.filter(({ code }) => !freedByReleases.includes(code)).map(retryAfterMs);
  const freed = binding.filter(({ code }) => freedByReleases.includes(code)).map(retryAfterMs);
  const fixedMs = Math.max(0, ...fixed);
  if (fixedMs > leftMs) return undefined;
  const waitMs = Math.max(fixedMs, Math.min(askForReleasesMs, Math.max(0, ...freed)));
  return Math.min(leftMs, waitMs * (1 + random() / 10));
};

const retryAfterMs = ({ retryAfterSeconds = 0 }: Reason): number => retryAfterSeconds * 1_000;
