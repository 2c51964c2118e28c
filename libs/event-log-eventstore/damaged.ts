import type { RecordedEvent } from '@eventstore/db-client';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { type StoredAppend, storedAppend } from './stored-form.js';

/** What is in the event store is not what it should be: it is told as it is. */
export class StoreDamaged extends LogFailure {}

/** The copy on this machine, which can be thrown away: the log is elsewhere. */
export class CopyDamaged extends LogFailure {}

/** The failure as it is told: what is damaged, but not in the event store, is the copy. */
export const asCopyDamage = (error: unknown): unknown => {
  if (!(error instanceof LogFailure) || error.code !== 'damaged' || error instanceof StoreDamaged) return error;
  const detail = `The copy of the log on this machine is damaged (${error.message}). The log in the event store is whole: start again, and the copy is read anew. See to the disk.`;
  return new CopyDamaged('damaged', detail, { cause: error });
};

/** What is in our streams is not what was stored, or was not stored by us. */
export const damaged = (what: string): LogFailure =>
  new StoreDamaged(
    'damaged',
    `The log in the event store cannot be trusted: ${what}. Restore the event store from a backup.`,
  );

/** Where an event stands in the event store, for whoever has to look it up there. */
export const placeInStore = ({ streamId, revision }: RecordedEvent): string =>
  `"${streamId}" at its revision ${String(revision)} in the event store`;

/** The append that an event of one of our streams is. Throws `LogFailure` `damaged` for what somebody else has written. */
export const requireOwnAppend = (event: RecordedEvent): StoredAppend => {
  const append = storedAppend(event);
  if (append === undefined) throw damaged(`${placeInStore(event)} was not written by Bursar`);
  return append;
};
