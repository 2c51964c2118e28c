import type { Calls } from './calls.js';
import { unreadableAnswer } from './json-fields.js';
import type { MeteringRecord, RejectedRecord } from './metering-contract.js';
import { type RetryContext, retrying } from './retry.js';

/** What became of the costs of a fan-out. */
export interface MeteringReport {
  readonly accepted: number;
  /** Counted before: most likely by an earlier try whose answer got lost. */
  readonly duplicates: number;
  /** Refused one by one, and not counted. */
  readonly rejected: readonly (Omit<RejectedRecord, 'index'> & { readonly record: MeteringRecord })[];
  /** Not known to be counted: meter them again, with the ids they have. */
  readonly unsent: readonly MeteringRecord[];
  /** Why they are unsent. */
  readonly error?: unknown;
}

const recordsPerRequest = 500;
/** How long one request is sent again while the service is busy or away. */
const sendForMs = 30_000;

/**
 * Sends records in batches, one request at a time. A record waits here until its answer has come: sent twice it counts
 * once, so it is sent again whenever that is not known.
 */
export class MeteringOutbox {
  private readonly calls: Pick<Calls, 'meter'>;
  private readonly fanOutId: string;
  private readonly retryContext: RetryContext;
  private readonly waiting: MeteringRecord[] = [];
  private readonly rejected: MeteringReport['rejected'][number][] = [];
  private accepted = 0;
  private duplicates = 0;
  private error: unknown;
  private sending: Promise<void> | undefined;
  private isClosed = false;

  constructor(calls: Pick<Calls, 'meter'>, fanOutId: string, retryContext: RetryContext) {
    this.calls = calls;
    this.fanOutId = fanOutId;
    this.retryContext = retryContext;
  }

  /**
   * Takes records of this fan-out, and sends them when there are many.
   *
   * @throws Error when the fan-out is over: nobody would send them
   */
  add(records: readonly MeteringRecord[]): void {
    if (this.isClosed) throw new Error('This fan-out is over: meter what comes later with bursar.meter.');
    for (const record of records) this.waiting.push({ ...record, fanOutId: this.fanOutId });
    if (this.waiting.length >= recordsPerRequest) this.send();
  }

  /** Sends what waits, beside whatever the caller does. */
  send(): void {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
    });
  }

  /** Sends what waits, and resolves when that is done or given up. Never rejects. */
  async close(): Promise<MeteringReport> {
    this.isClosed = true;
    await this.sending;
    await this.sendAll();
    const { accepted, duplicates, rejected, waiting, error } = this;
    return { accepted, duplicates, rejected, unsent: waiting, ...(error !== undefined && { error }) };
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, recordsPerRequest);
      try {
        const answer = await retrying(() => this.calls.meter(batch), this.retryContext, sendForMs);
        const rejected = answer.rejected.map((one) => rejectedOf(batch, one));
        this.accepted += answer.accepted;
        this.duplicates += answer.duplicates;
        this.rejected.push(...rejected);
        this.waiting.splice(0, batch.length);
        this.error = undefined;
      } catch (error) {
        this.error = error;
        return;
      }
    }
  }
}

const rejectedOf = (batch: readonly MeteringRecord[], { index, code, detail }: RejectedRecord) => {
  const record = batch.find((_, place) => place === index);
  if (record === undefined) throw unreadableAnswer(`it rejects record ${String(index)} of ${String(batch.length)}`);
  return { record, code, detail };
};
