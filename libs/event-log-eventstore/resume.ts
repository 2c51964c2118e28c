import { type RecordedEvent, START, type ReadPosition } from '@eventstore/db-client';
import { LogFailure, type StoredEvent } from '#event-sourcing/ports/event-log.js';
import { eventsOf } from './append-parts.js';
import type { Connect } from './client.js';
import type { Namespace } from './namespace.js';
import { type StoredAppend, storedAppend } from './stored-form.js';
import { readStream } from './stream-reads.js';
import type { EventStoreClient } from './vendor-internals.js';

/** What older servers give for the position of an event that was read from its stream: they do not say. */
const unknownPosition = 2n ** 64n - 1n;

/**
 * Where in `$all` to go on from after the last event of the copy. A server that does not say has it read from the
 * start: events that are in the copy are passed over. Rejects with `LogFailure` `damaged` if the event store does not
 * have that event: the copy is of another one.
 */
export const positionAfter = async (
  connect: Connect,
  names: Namespace,
  last: StoredEvent,
  readMs: number,
): Promise<ReadPosition> => {
  // The node that is followed may not have yet what was copied from another one.
  const client = connect(true);
  try {
    const stream = names.streamOf(last.stream);
    const found = await appendWith(client, stream, last.revision, readMs);
    const events = found && (await eventsOf(found.event, found.append, { client, names, readMs }));
    if (found === undefined || events?.[last.revision - found.append.first]?.id !== last.id) {
      throw unknown(last, stream);
    }
    const { position } = found.event;
    const isWhole = found.append.last === last.revision;
    return !isWhole || position === undefined || position.commit === unknownPosition ? START : position;
  } finally {
    client.shut();
  }
};

/**
 * The append in which an event stands. Each has one event at least, so it is no further on in the event store than the
 * event is in the log; where all have one it is at the same place.
 */
const appendWith = async (
  client: EventStoreClient,
  stream: string,
  revision: number,
  readMs: number,
): Promise<{ readonly event: RecordedEvent; readonly append: StoredAppend } | undefined> => {
  let low = 0;
  let high = revision;
  for (let place = high; low <= high; place = (low + high) >> 1) {
    const event = (await readStream(client, stream, place, 1, readMs)).at(0);
    const append = event && storedAppend(event);
    if (event === undefined || append === undefined || append.first > revision) high = place - 1;
    else if (append.last < revision) low = place + 1;
    else return { event, append };
  }
  return undefined;
};

const unknown = ({ id }: StoredEvent, stream: string): LogFailure =>
  new LogFailure(
    'damaged',
    `The event store does not have the event ${id} of "${stream}", which this process has copied: it is another event store, or was restored from an old backup. If it is the right one, remove the copy.`,
  );
