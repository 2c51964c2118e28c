import { AccessDeniedError, jsonEvent, NotLeaderError } from '@eventstore/db-client';
import type { Clock } from '#event-sourcing/ports/clock.js';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { backOff } from './backoff.js';
import { connector } from './client.js';
import { namespace } from './namespace.js';
import { patient, type RetryPolicy } from './settings.js';
import { readStream } from './stream-reads.js';
import type { EventStoreClient } from './vendor-internals.js';
import { withTimeout } from './with-timeout.js';

export interface StartCheckSettings {
  readonly connectionString: string;
  readonly namespace: string;
  readonly clock: Clock;
  readonly patience?: RetryPolicy;
}

/** The first version whose subscriptions say when they have caught up. */
const oldest = [23, 10] as const;
/** Leases and months end by the clock: processes that disagree by more would end them for each other. */
const mostSkewMs = 30_000;

/**
 * Looks whether an event store can hold the log, before it does: that it is there, its version, the right to append, and
 * its clock. It appends one event to `<namespace>.start`, outside the log. (The right to read `$all` shows when the log
 * is opened.) Rejects with `LogFailure`, a sentence that says what to do.
 *
 * @returns by how many milliseconds the clock of the event store is ahead of ours; negative: behind
 */
export const checkEventStore = async (settings: StartCheckSettings): Promise<number> => {
  const patience = settings.patience ?? patient;
  const connect = connector(settings.connectionString);
  const giveUpAtMs = performance.now() + patience.startMs;
  for (let tries = 1; ; tries++) {
    const client = connect(true);
    try {
      return await checked(client, settings, patience.attemptMs);
    } catch (error) {
      const failure = failureOf(error);
      if (failure !== undefined) throw failure;
      if (performance.now() >= giveUpAtMs) throw unreachable(error);
    } finally {
      client.shut();
    }
    await backOff(patience.backoff, tries, new AbortController().signal);
  }
};

const checked = async (client: EventStoreClient, settings: StartCheckSettings, attemptMs: number): Promise<number> => {
  requireVersion(await withTimeout(attemptMs, client.serverVersion()));
  const skewMs = await skewOf(client, settings, attemptMs);
  if (Math.abs(skewMs) > mostSkewMs) throw skewed(skewMs);
  return skewMs;
};

const requireVersion = (version: string): void => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
  if (!isOld && !Number.isNaN(major)) return;
  throw failed(
    `The event store has version ${version}: update it to ${oldest.join('.')} or later, the first that says when a subscription has caught up.`,
  );
};

/** What is outside of the time that we have measured around it is skew: a slow answer is none. */
const skewOf = async (
  client: EventStoreClient,
  { namespace: name, clock }: StartCheckSettings,
  attemptMs: number,
): Promise<number> => {
  const stream = namespace(name).startStream;
  const beforeMs = clock.now();
  const event = jsonEvent({ type: 'BursarStarted', data: { now: beforeMs } });
  // A node that follows would pass it on, and later refuse to say where the log ends.
  const { nextExpectedRevision } = await withTimeout(
    attemptMs,
    client.appendToStream(stream, event, { deadline: attemptMs, requiresLeader: true }),
  );
  const afterMs = clock.now();
  const [stored] = await readStream(client, stream, Number(nextExpectedRevision), 1, attemptMs);
  const createdMs = stored.created.getTime();
  return createdMs < beforeMs ? createdMs - beforeMs : Math.max(0, createdMs - afterMs);
};

/** What no second try would change. */
const failureOf = (error: unknown): LogFailure | undefined => {
  if (error instanceof LogFailure) return error;
  if (error instanceof AccessDeniedError) {
    return failed(
      'The event store does not let this user append: check user name and password in BURSAR_EVENT_STORE, and give the user the right to write to the streams of the namespace and to read them.',
      error,
    );
  }
  return undefined;
};

const unreachable = (cause: unknown): LogFailure =>
  cause instanceof NotLeaderError
    ? failed(
        'The node that BURSAR_EVENT_STORE names does not lead its cluster: name all nodes, or use esdb+discover://.',
        cause,
      )
    : failed(
        'The event store cannot be reached: see that it is up, and check host, port and tls in BURSAR_EVENT_STORE.',
        cause,
      );

const skewed = (skewMs: number): LogFailure => {
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const direction = skewMs > 0 ? 'behind' : 'ahead of';
  return failed(
    `The clock of this machine is ${String(seconds)} s ${direction} that of the event store: let both follow the same time server, and start again.`,
  );
};

const failed = (detail: string, cause?: unknown): LogFailure => new LogFailure('unavailable', detail, { cause });
