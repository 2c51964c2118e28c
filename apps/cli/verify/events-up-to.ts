import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLog, StoredEvent } from '#event-sourcing/ports/event-log.js';
import { damageIn, type DamagedEvent } from './damaged-events.js';
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

/** The same from the first one on; one that is damaged is told as such, and those behind it follow. */
export async function* readableEvents(
  log: EventLog,
  head: number,
  progress: Progress,
): AsyncGenerator<StoredEvent | DamagedEvent, void> {
  for (let position = 0; position < head;) {
    try {
      for await (const event of eventsUpTo(log, position, head, progress)) {
        yield event;
        ({ position } = event);
      }
      return;
    } catch (error) {
      damageIn(error);
      yield* oneByOne(log, position, Math.min(head, position + eventsPerRead));
      position = Math.min(head, position + eventsPerRead);
    }
  }
}

async function* oneByOne(log: EventLog, after: number, last: number): AsyncGenerator<StoredEvent | DamagedEvent, void> {
  for (let position = after + 1; position <= last; position++) {
    try {
      const event = await log.readAt(position);
      if (event !== undefined) yield event;
    } catch (error) {
      yield { position, damage: damageIn(error) };
    }
  }
}
