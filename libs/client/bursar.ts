import { type Calls, createCalls } from './calls.js';
import { type ClientClock, machineClock } from './clock.js';
import type { FanOutOptions, FanOutResult, Worker } from './fan-out-options.js';
import type { Fetch } from './post.js';
import { runFanOut } from './run-fan-out.js';

export interface BursarOptions {
  /** Of the service, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** A key with the role `scheduler` or `owner`. */
  readonly key: string;
  /** A key with the role `metering`, which a scheduler's key has not; `key` if left out. */
  readonly meteringKey?: string;
  readonly fetch?: Fetch;
  readonly clock?: ClientClock;
  /** A number from 0 to below 1; for the pauses between two tries. */
  readonly random?: () => number;
}

/** A service, as a scheduler talks to it: single calls, and whole fan-outs. */
export interface Bursar extends Calls {
  /**
   * Runs a worker over items, as many at once as the service grants, and gives the lease back when they have ended.
   *
   * The lease is renewed at half of its time, a changed grant is followed, and costs that workers give back are metered
   * before the release. A worker that throws fails its item only. At the end of a lease that could not be renewed, and
   * when `signal` is aborted, nothing more starts and the workers' signals are aborted; the result says what was not
   * done. It resolves when every worker that has started has ended.
   *
   * @returns a denial with its reasons, or what became of each item
   * @throws BursarError when it gets no answer about the grant, or the request is refused; the reason of `signal` when
   *   that is aborted before there is a grant
   */
  fanOut<T, R>(options: FanOutOptions<T>, worker: Worker<T, R>): Promise<FanOutResult<R>>;
}

/** A client of the service at `url`. It holds nothing open: there is nothing to close. */
export const createBursar = ({
  url,
  key,
  meteringKey,
  fetch = globalThis.fetch,
  clock = machineClock,
  random = Math.random,
}: BursarOptions): Bursar => {
  const calls = createCalls({ url: url.replace(/\/+$/, ''), key, fetch, clock }, meteringKey);
  return {
    ...calls,
    fanOut: ({ requestId = crypto.randomUUID(), ...options }, worker) =>
      runFanOut(calls, { ...options, requestId }, worker, { clock, random }),
  };
};
