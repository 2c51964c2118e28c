import { START, type ReadPosition } from '@eventstore/db-client';
import { LogFailure, type StoredEvent } from '#ports/event-log.js';
import type { Connect } from './client.js';
import { readStream } from './stream-reads.js';

/** What older servers give for the position of an event that was read from its stream: they do not say. */
const unknownPosition = 2n ** 64n - 1n;

/**
 * Where in `$all` to go on from after the last event of the copy. A server that does not say has it read from the
 * start: events that are in the copy are passed over. Rejects with `LogFailure` `damaged` if the event store does not
 * have that event: the copy is of another one.
 *
 * @param stream the last event's stream in the event store
 */
export const positionAfter = async (
  connect: Connect,
  stream: string,
  last: StoredEvent,
  timeoutMs: number,
): Promise<ReadPosition> => {
  // The node that is followed may not have yet what was copied from another one.
  const client = connect(true);
  const events = await readStream(client, stream, last.revision, 1, timeoutMs).finally(() => {
    client.shut();
  });
  const found = events.at(0);
  if (found?.id !== last.id) {
    throw new LogFailure(
      'damaged',
      `The event store does not have the event ${last.id} of "${stream}", which this process has copied: it is another event store, or was restored from an old backup. If it is the right one, remove the copy.`,
    );
  }
  const { position } = found;
  return position === undefined || position.commit === unknownPosition ? START : position;
};
