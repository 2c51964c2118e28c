import type { AskFanOut, DeniedFanOut } from './fan-out-contract.js';
import type { ItemOutcome } from './item-runner.js';
import type { MeteringRecord } from './metering-contract.js';
import type { MeteringReport } from './metering-outbox.js';

/** What is to be run, and on whose account. */
export interface FanOutOptions<T> extends Omit<AskFanOut, 'requestId' | 'items'> {
  /**
   * Made up if left out, once per call. Give one that is the same after a restart, and the restarted call takes over the
   * grant; it runs all its items again, as nobody else knows which were done.
   */
  readonly requestId?: string;
  /** At least one. */
  readonly items: readonly T[];
  /** Ends it: nothing more starts, workers are told, the lease is released. */
  readonly signal?: AbortSignal;
  /** How long to wait for a grant where waiting helps; 0, if left out, takes the first answer. */
  readonly waitAtMostSeconds?: number;
}

/** What a worker knows beside its item. */
export interface WorkerContext {
  readonly fanOutId: string;
  /** Of the item. */
  readonly index: number;
  /** Aborted when it should stop at once: the caller has ended it, or the lease has. */
  readonly signal: AbortSignal;
  /** How many may run at once, as of the start of this one. */
  readonly concurrency: number;
  /** Meters what has been spent so far; also what is spent by a worker that throws later. */
  readonly meter: (records: readonly MeteringRecord[]) => void;
}

/** What a worker gives back. The records get the id of the fan-out and are metered. */
export interface WorkDone<R> {
  readonly result: R;
  readonly metering?: readonly MeteringRecord[];
}

export type Worker<T, R> = (item: T, context: WorkerContext) => Promise<WorkDone<R>>;

/** Nothing has started. `reasons` names every rule that binds. */
export type FanOutDenied = DeniedFanOut & { readonly requestId: string };

/** It was granted, and is over. */
export interface FanOutRan<R> {
  readonly decision: 'granted';
  readonly requestId: string;
  readonly fanOutId: string;
  /**
   * `finished`: every item has ended. `aborted`: by the caller. `expired`: the lease ended and could not be renewed.
   * `alreadyOver`: this request id had its grant before, and that has ended; nothing has started.
   */
  readonly ended: 'finished' | 'aborted' | 'expired' | 'alreadyOver';
  /** In the order of the items. */
  readonly items: readonly ItemOutcome<R>[];
  readonly metering: MeteringReport;
  /** Whether the service knows that it is over. If not, the lease ends by itself. */
  readonly released: boolean;
  readonly releaseError?: unknown;
  /** Why the last renewal failed, if it did. */
  readonly renewalError?: unknown;
}

export type FanOutResult<R> = FanOutDenied | FanOutRan<R>;
