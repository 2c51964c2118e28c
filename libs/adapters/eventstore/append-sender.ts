import {
  AccessDeniedError,
  InvalidArgumentError,
  MaxAppendSizeExceededError,
  NO_STREAM,
  StreamDeletedError,
  WrongExpectedVersionError,
  type BinaryEventData,
} from '@eventstore/db-client';
import { LogFailure, noStream } from '#ports/event-log.js';
import { rest } from './backoff.js';
import type { Connect, EventStoreClient } from './client.js';
import type { Patience } from './settings.js';
import { Turnstile } from './turnstile.js';
import { within } from './within.js';

/** Appends under way at once. */
const appendsAtOnce = 64;

/** `stored`: now, or earlier by the same ids. `conflict`: the stream ends elsewhere, `noStream` if it is not there. */
export type SendOutcome = { readonly code: 'stored' } | { readonly code: 'conflict'; readonly actualRevision: number };

/** Events for one stream of the event store, at exactly one revision. */
export interface Sending {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly events: readonly BinaryEventData[];
  /** By `performance.now()`; no attempt begins after it. */
  readonly giveUpAtMs: number;
}

/**
 * Sends appends until the event store has said what became of them. An attempt without an answer may have been stored:
 * it is repeated with the same ids at the same revision, which the event store recognises.
 */
export class AppendSender {
  private client: EventStoreClient | undefined;
  private readonly turnstile = new Turnstile(appendsAtOnce);

  constructor(
    private readonly connect: Connect,
    private readonly patience: Patience,
  ) {}

  /** Rejects with `LogFailure`: `unavailable` when there was no answer in time, `notWritable` when it was refused. */
  send(sending: Sending, signal: AbortSignal): Promise<SendOutcome> {
    return this.turnstile.through(() => this.sendUntilAnswered(sending, signal));
  }

  /** Ends the connection. What has no answer by then has none. */
  shut(): void {
    this.client?.shut();
  }

  private async sendUntilAnswered(sending: Sending, signal: AbortSignal): Promise<SendOutcome> {
    let lastError: unknown;
    for (let tries = 1; !signal.aborted && performance.now() < sending.giveUpAtMs; tries++) {
      const client = (this.client ??= this.connect());
      try {
        return await this.attempt(client, sending);
      } catch (error) {
        if (error instanceof LogFailure) throw error;
        lastError = error;
        this.replace(client);
      }
      await rest(this.patience.backoff, tries, signal);
    }
    throw unavailable(lastError);
  }

  private async attempt(client: EventStoreClient, { stream, expectedRevision, events }: Sending): Promise<SendOutcome> {
    const { attemptMs } = this.patience;
    try {
      const appended = client.appendToStream(stream, [...events], {
        expectedRevision: expectedRevision === noStream ? NO_STREAM : BigInt(expectedRevision),
        deadline: attemptMs,
      });
      // The deadline starts once the call has; this one also covers finding a node to call.
      await within(attemptMs, appended);
      return { code: 'stored' };
    } catch (error) {
      if (error instanceof WrongExpectedVersionError) {
        return { code: 'conflict', actualRevision: Number(actualRevision(error)) };
      }
      throw refusal(stream, error) ?? error;
    }
  }

  // Another client looks for a node anew, which may then be another one.
  private replace(failed: EventStoreClient): void {
    if (this.client !== failed) return;
    failed.shut();
    this.client = undefined;
  }
}

const actualRevision = ({ actualVersion }: WrongExpectedVersionError): bigint | number =>
  typeof actualVersion === 'bigint' ? actualVersion : noStream;

const refusal = (stream: string, error: unknown): LogFailure | undefined => {
  if (error instanceof AccessDeniedError) {
    return refused(`It may not append to "${stream}": give the user of the connection string that right.`, error);
  }
  if (error instanceof StreamDeletedError) {
    return refused(`The stream "${stream}" was deleted: restore the event store from a backup.`, error);
  }
  if (error instanceof MaxAppendSizeExceededError) {
    return refused('An append of 1 MiB is too large for the event store: raise its MaxAppendSize.', error);
  }
  if (error instanceof InvalidArgumentError) return refused(`An append is not valid: ${error.message}`, error);
  return undefined;
};

const refused = (detail: string, cause: Error): LogFailure => new LogFailure('notWritable', detail, { cause });

const unavailable = (cause: unknown): LogFailure =>
  new LogFailure(
    'unavailable',
    'The event store did not answer an append in time; it may be stored or not. See that the event store is up and can be reached.',
    { cause },
  );
