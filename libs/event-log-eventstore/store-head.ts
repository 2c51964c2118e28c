import { type AllStreamRecordedEvent, BACKWARDS, END, type ReadPosition } from '@eventstore/db-client';
import { collected } from './stream-reads.js';
import type { EventStoreClient } from './vendor-internals.js';

/** What a look back from the end of `$all` has found. */
export interface StoreHead {
  /** The last event of ours, if there is one behind what was known. */
  readonly last: AllStreamRecordedEvent | undefined;
  /** Commit position of the last event of anybody: nothing of ours is between `last` and it. */
  readonly end: bigint;
}

/** The last event is ours or known nearly always; only behind others' events more are looked at. */
const firstLook = 1;
const laterLook = 32;

/**
 * Looks back from the end of `$all` to the last event of ours, on the node that leads: another one may be behind.
 *
 * @param prefix what our streams begin with
 * @param known commit position behind which it is to be looked
 * @param timeoutMs for each of its reads
 */
export const readHead = async (
  client: EventStoreClient,
  prefix: string,
  known: bigint,
  timeoutMs: number,
): Promise<StoreHead> => {
  let end = known;
  let fromPosition: ReadPosition = END;
  for (let maxCount = firstLook; ; maxCount = laterLook) {
    const reading = client.readAll({ direction: BACKWARDS, fromPosition, maxCount, requiresLeader: true });
    const events = await collected(reading, timeoutMs);
    for (const event of events) {
      const { commit } = event.position;
      if (commit > end) end = commit;
      if (commit <= known) return { last: undefined, end };
      if (event.streamId.startsWith(prefix)) return { last: event, end };
    }
    const oldest = events.at(-1);
    if (oldest === undefined || events.length < maxCount) return { last: undefined, end };
    fromPosition = oldest.position;
  }
};
