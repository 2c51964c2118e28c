import { BursarError } from './bursar-error.js';
import type { FanOutLease } from './fan-out-contract.js';
import { pauseMs, type RetryContext } from './retry.js';

/** What a lease is kept for. */
export interface LeaseUse {
  /** Asks for more time; throws a BursarError. */
  renew(): Promise<FanOutLease>;
  /** Another number of slots may be granted now. */
  changed(): void;
  /** The lease has ended without anybody ending it: nothing may run any more. */
  expired(): void;
}

const shortestWaitMs = 500;
/** Renewing again cannot help: the lease is no more. */
const isOver = (error: unknown): boolean =>
  error instanceof BursarError && (error.status === 404 || error.status === 409);

/**
 * Lease: renews a lease at half of its time, and knows when it ends: so many seconds after the request was sent that
 * the answer belongs to. The service has counted from a later moment, so a lease never ends earlier there than here.
 */
export class LeaseKeeper {
  private readonly retryContext: RetryContext;
  private readonly use: LeaseUse;
  private readonly stopped = new AbortController();
  private sentMs: number;
  private expiresAtMs: number;
  private slots: number;
  private hasExpired = false;
  private failure: unknown;

  constructor(lease: FanOutLease, sentMs: number, retryContext: RetryContext, use: LeaseUse) {
    this.retryContext = retryContext;
    this.use = use;
    this.sentMs = sentMs;
    this.slots = lease.concurrency;
    this.expiresAtMs = sentMs + lease.expiresInSeconds * 1_000;
  }

  /** How many may run at once now; 0 when the lease is over. */
  concurrency(): number {
    return this.isLive() ? this.slots : 0;
  }

  /** Why the last renewal failed; undefined if it did not. */
  renewalError(): unknown {
    return this.failure;
  }

  start(): void {
    void this.watchExpiry();
    void this.renewAgainAndAgain();
  }

  /** Renews no more. */
  stop(): void {
    this.stopped.abort();
  }

  private isLive(): boolean {
    return !this.hasExpired && this.retryContext.clock.monotonicMs() < this.expiresAtMs;
  }

  private async watchExpiry(): Promise<void> {
    const { clock } = this.retryContext;
    while (!this.stopped.signal.aborted && this.isLive()) {
      await clock.sleep(this.expiresAtMs - clock.monotonicMs(), this.stopped.signal);
    }
    if (!this.stopped.signal.aborted) this.expire();
  }

  private async renewAgainAndAgain(): Promise<void> {
    const { clock } = this.retryContext;
    let waitMs = this.untilHalf();
    for (let failures = 0; ;) {
      await clock.sleep(waitMs, this.stopped.signal);
      if (this.stopped.signal.aborted || !this.isLive()) return;
      this.failure = await this.renew();
      failures = this.failure === undefined ? 0 : failures + 1;
      waitMs =
        this.failure === undefined ? this.untilHalf() : pauseMs(this.failure, failures - 1, this.retryContext.random);
    }
  }

  /** @returns why it failed */
  private async renew(): Promise<unknown> {
    const sentMs = this.retryContext.clock.monotonicMs();
    try {
      const lease = await this.use.renew();
      if (lease.state !== 'live') {
        this.expire();
        return undefined;
      }
      this.sentMs = sentMs;
      this.expiresAtMs = Math.max(this.expiresAtMs, sentMs + lease.expiresInSeconds * 1_000);
      this.slots = lease.concurrency;
      this.use.changed();
      return undefined;
    } catch (error) {
      if (isOver(error)) this.expire();
      return error;
    }
  }

  private untilHalf(): number {
    const halfMs = (this.sentMs + this.expiresAtMs) / 2;
    return Math.max(shortestWaitMs, halfMs - this.retryContext.clock.monotonicMs());
  }

  private expire(): void {
    // A renewal that was under way may be answered after all is over.
    if (this.stopped.signal.aborted) return;
    this.hasExpired = true;
    this.stop();
    this.use.expired();
  }
}
