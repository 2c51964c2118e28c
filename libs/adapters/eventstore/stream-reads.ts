import { StreamNotFoundError, type RecordedEvent } from '@eventstore/db-client';
import type { EventStoreClient } from './client.js';
import { within } from './within.js';

/**
 * Up to `limit` events of a stream of the event store from a revision on, read to the end; none if it is not there.
 * Rejects when they have not come in time.
 */
export const readStream = async (
  client: EventStoreClient,
  stream: string,
  from: number,
  limit: number,
  timeoutMs: number,
): Promise<readonly RecordedEvent[]> => {
  const reading = client.readStream(stream, { fromRevision: BigInt(from), maxCount: limit });
  const collect = async (): Promise<readonly RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for await (const { event } of reading) if (event !== undefined) events.push(event);
    return events;
  };
  try {
    return await within(timeoutMs, collect(), () => {
      reading.destroy();
      reading.cancel().catch(() => undefined);
    });
  } catch (error) {
    if (error instanceof StreamNotFoundError) return [];
    throw error;
  }
};
