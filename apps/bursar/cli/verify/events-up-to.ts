import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLog, StoredEvent } from '#ports/event-log.js';
import type { Progress } from './progress.js';

const eventsPerRead = 128;

/** Every event after one position up to another, in order. Rejects with `LogFailure` at one that is damaged. */
export async function* eventsUpTo(
  log: EventLog,
  after: number,
  head: number,
  progress: Progress,
): AsyncGenerator<StoredEvent, void> {
  for (let position = after; position < head;) {
    const events = await log.readAll(position, Math.min(eventsPerRead, head - position));
    yield* events;
    position = events.at(-1)?.position ?? head;
    progress(position, head);
    // Lets go of the store's read transaction, so that a service beside it can use its space again.
    await nextTurn();
  }
}
