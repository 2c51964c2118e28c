import { BursarError } from './bursar-error.js';
import type { Calls } from './calls.js';
import type { AskFanOut, FanOutLease } from './fan-out-contract.js';
import type { FanOutOptions, FanOutRan, FanOutResult, Worker } from './fan-out-options.js';
import { ItemRunner } from './item-runner.js';
import { LeaseKeeper } from './lease-keeper.js';
import { MeteringOutbox } from './metering-outbox.js';
import { type RetryContext, retrying } from './retry.js';
import { type Granted, waitForGrant } from './wait-for-grant.js';

/** How long a release is sent again while the service is busy or away; after that the lease ends by itself. */
const releaseForMs = 15_000;

/** Asks, runs a worker over the items as far as that is granted, and gives the lease back: see `Bursar.fanOut`. */
export const runFanOut = async <T, R>(
  calls: Calls,
  { signal, waitAtMostSeconds = 0, ...work }: FanOutOptions<T> & { readonly requestId: string },
  worker: Worker<T, R>,
  retryContext: RetryContext,
): Promise<FanOutResult<R>> => {
  const request: AskFanOut = { ...work, items: work.items.length };
  const asked = await waitForGrant(calls, request, retryContext, waitAtMostSeconds * 1_000, signal);
  if ('decision' in asked) return { ...asked, requestId: work.requestId };
  if (asked.answer.state !== 'live') return overBefore(work.requestId, asked.answer, work.items.length);
  return runGranted(calls, work, worker, retryContext, asked, signal);
};

const runGranted = async <T, R>(
  calls: Calls,
  { requestId, items, leaseSeconds }: FanOutOptions<T> & { readonly requestId: string },
  worker: Worker<T, R>,
  retryContext: RetryContext,
  { answer, sentMs }: Granted,
  signal: AbortSignal | undefined,
): Promise<FanOutRan<R>> => {
  const { fanOutId } = answer;
  let ended: FanOutRan<R>['ended'] = 'finished';
  const outbox = new MeteringOutbox(calls, fanOutId, retryContext);
  const meter = outbox.add.bind(outbox);
  const keeper: LeaseKeeper = new LeaseKeeper(answer, sentMs, retryContext, {
    renew: () => {
      // A hold that is drawn down in time leaves others room.
      outbox.send();
      const lasting = leaseSeconds !== undefined && { leaseSeconds };
      return calls.renewFanOut(fanOutId, { remainingItems: runner.remaining(), ...lasting });
    },
    changed: () => {
      runner.fill();
    },
    expired: () => {
      ended = 'expired';
      runner.stop(new BursarError(0, 'leaseEnded', 'The lease has ended and was not renewed: stop, and ask again.'));
    },
  });
  const runner = new ItemRunner<R>(
    Array.from(items, (item, index) => async (itemSignal) => {
      const context = { fanOutId, index, signal: itemSignal, concurrency: keeper.concurrency(), meter };
      const { result, metering = [] } = await worker(item, context);
      meter(metering);
      return result;
    }),
    () => keeper.concurrency(),
  );
  const abort = (): void => {
    if (ended === 'finished') ended = 'aborted';
    keeper.stop();
    runner.stop(signal?.reason);
  };
  signal?.addEventListener('abort', abort);
  try {
    if (signal?.aborted === true) abort();
    else keeper.start();
    runner.fill();
    const outcomes = await runner.outcomes();
    // The lease may be lost, or the caller may leave, while the last item ends by itself.
    if (outcomes.every(({ status }) => status === 'done' || status === 'failed')) ended = 'finished';
    keeper.stop();
    const metering = await outbox.close();
    const renewalError = keeper.renewalError();
    return {
      ...{ decision: 'granted', requestId, fanOutId, ended, items: outcomes, metering },
      ...(await release(calls, fanOutId, retryContext)),
      ...(renewalError !== undefined && { renewalError }),
    };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
};

const release = async (
  calls: Calls,
  fanOutId: string,
  retryContext: RetryContext,
): Promise<Pick<FanOutRan<never>, 'released' | 'releaseError'>> => {
  try {
    await retrying(() => calls.releaseFanOut(fanOutId), retryContext, releaseForMs);
    return { released: true };
  } catch (releaseError) {
    return { released: false, releaseError };
  }
};

const overBefore = (requestId: string, { fanOutId }: FanOutLease, items: number): FanOutRan<never> => ({
  decision: 'granted',
  requestId,
  fanOutId,
  ended: 'alreadyOver',
  items: Array.from({ length: items }, () => ({ status: 'notStarted' })),
  metering: { accepted: 0, duplicates: 0, rejected: [], unsent: [] },
  released: true,
});
