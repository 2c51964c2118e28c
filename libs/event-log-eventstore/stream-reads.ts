import { BACKWARDS, END, type RecordedEvent, StreamNotFoundError, type StreamingRead } from '@eventstore/db-client';
import type { EventStoreClient } from './vendor-internals.js';
import { withTimeout } from './with-timeout.js';

/**
 * Up to `limit` events of a stream of the event store from a revision on, read to the end; none if it is not there.
 * Rejects when they have not come in time.
 */
export const readStream = (
  client: EventStoreClient,
  stream: string,
  from: number,
  limit: number,
  timeoutMs: number,
): Promise<readonly RecordedEvent[]> =>
  found(client.readStream(stream, { fromRevision: BigInt(from), maxCount: limit }), timeoutMs);

/** The last event of a stream, as the node that leads has it; undefined if the stream is not there. */
export const readLast = async (
  client: EventStoreClient,
  stream: string,
  timeoutMs: number,
): Promise<RecordedEvent | undefined> => {
  const options = { direction: BACKWARDS, fromRevision: END, maxCount: 1, requiresLeader: true } as const;
  return (await found(client.readStream(stream, options), timeoutMs)).at(0);
};

const found = async (
  reading: StreamingRead<{ event?: RecordedEvent }>,
  timeoutMs: number,
): Promise<readonly RecordedEvent[]> => {
  try {
    return await collected(reading, timeoutMs);
  } catch (error) {
    if (error instanceof StreamNotFoundError) return [];
    throw error;
  }
};

/** What a read gives, to its end. Rejects, and ends the read, when it has not come in time. */
export const collected = <E>(reading: StreamingRead<{ event?: E }>, timeoutMs: number): Promise<readonly E[]> => {
  const collect = async (): Promise<readonly E[]> => {
    const events: E[] = [];
    for await (const { event } of reading) if (event !== undefined) events.push(event);
    return events;
  };
  return withTimeout(timeoutMs, collect(), () => {
    reading.destroy();
    reading.cancel().catch(() => undefined);
  });
};
