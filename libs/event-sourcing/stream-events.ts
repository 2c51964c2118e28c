import type { EventLog, StoredEvent } from './ports/event-log.js';
import type { TimeSlice } from './turns.js';

/** To read more at a time would take longer than a piece of work may. */
const eventsPerRead = 32;

/** The events of a stream from a revision on, in pieces between which others are served. */
export async function* streamEvents(
  log: EventLog,
  stream: string,
  from: number,
  work: TimeSlice,
): AsyncGenerator<StoredEvent, void> {
  for (let revision = from; ; revision += eventsPerRead) {
    const events = await log.read(stream, revision, eventsPerRead);
    for (const event of events) {
      yield event;
      await work.pause();
    }
    if (events.length < eventsPerRead) return;
  }
}
