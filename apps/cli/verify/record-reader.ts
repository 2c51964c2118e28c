import { isRecordsMetered } from '#metering/domain/metering.events.js';
import type { EventLog } from '#event-sourcing/ports/event-log.js';
import { recordsOf } from './plain-record.js';
import type { PlainPlace, PlainRecord } from './plain-record.js';

/** Decoded events kept at hand: corrections mostly go through the log in its order. */
const eventsAtHand = 32;

/** Reads single records of the log again, the plain way. */
export const recordReader = (log: EventLog) => {
  const atHand = new Map<number, readonly PlainRecord[]>();
  return async ({ position, row }: PlainPlace): Promise<PlainRecord> => {
    let records = atHand.get(position);
    if (records === undefined) {
      const event = await log.readAt(position);
      if (event === undefined || !isRecordsMetered(event)) {
        throw new Error(`there are no records at ${String(position)}`);
      }
      records = recordsOf(event.data);
      atHand.set(position, records);
      const [oldest] = atHand.keys();
      if (atHand.size > eventsAtHand) atHand.delete(oldest);
    }
    return records[row];
  };
};
