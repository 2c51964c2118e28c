import {
  AccessDeniedError,
  InvalidArgumentError,
  MaxAppendSizeExceededError,
  NO_STREAM,
  StreamDeletedError,
  WrongExpectedVersionError,
  type BinaryEventData,
} from '@eventstore/db-client';
import { LogFailure, noStream } from '#event-sourcing/ports/event-log.js';
import type { Call, EventStoreCalls } from './calls.js';
import { Semaphore } from './semaphore.js';
import { unavailable } from './unavailable.js';
import type { EventStoreClient } from './vendor-internals.js';

/** Messages under way at once. */
const messagesAtOnce = 64;

/** `stored`: now, or earlier by the same ids. `conflict`: the stream ends elsewhere, or is not there. */
export type SendOutcome = 'stored' | 'conflict';

/** Events for one stream of the event store, at exactly one of its revisions. */
export interface Sending {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly events: readonly BinaryEventData[];
  /** By `performance.now()`; no attempt begins after it. */
  readonly giveUpAtMs: number;
}

/**
 * Sends messages until the event store has said what became of them. An attempt without an answer may have been stored:
 * it is repeated with the same ids at the same revision, which the event store recognises.
 */
export class AppendSender {
  private readonly turnstile = new Semaphore(messagesAtOnce);

  constructor(private readonly calls: EventStoreCalls) {}

  /** Rejects with `LogFailure`: `unavailable` when there was no answer in time, `notWritable` when it was refused. */
  send(sending: Sending, signal: AbortSignal): Promise<SendOutcome> {
    const { giveUpAtMs } = sending;
    const attempt: Call<SendOutcome>['attempt'] = (client, timeoutMs) => appended(client, sending, timeoutMs);
    return this.turnstile.through(async () => {
      // Others may have stood before it for so long that nobody waits for it any more.
      if (performance.now() >= giveUpAtMs) throw unavailable(undefined);
      return this.calls.untilAnswered({ attempt, giveUpAtMs, signal });
    });
  }
}

const appended = async (
  client: EventStoreClient,
  { stream, expectedRevision, events }: Sending,
  timeoutMs: number,
): Promise<SendOutcome> => {
  try {
    await client.appendToStream(stream, [...events], {
      expectedRevision: expectedRevision === noStream ? NO_STREAM : BigInt(expectedRevision),
      deadline: timeoutMs,
    });
    return 'stored';
  } catch (error) {
    if (error instanceof WrongExpectedVersionError) return 'conflict';
    throw refusal(stream, error) ?? error;
  }
};

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
