import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openLogStore } from '#event-log-lmdb/open-log-store.js';
import { EventStoreEventLog } from '#event-log-eventstore/event-log.js';
import { transferRecords } from '#event-log-eventstore/log-transfer.js';
import type { EventStoreSettings, RetryPolicy } from '#event-log-eventstore/settings.js';
import { damagedAt, openRecord, type OpenRecord } from '#event-sourcing/record-log/log-records.js';
import type { RecordStore } from '#event-sourcing/record-log/record-store.js';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import type { Progress } from '../verify/progress.js';
import { ComparedRecords } from './compared-records.js';

/** Where to copy to. */
export type Target = Omit<EventStoreSettings, 'copy' | 'patience'> & { readonly patience: RetryPolicy };

/** What was found and done; every event of the directory is in the event store, and was compared. */
export interface Migration {
  /** Events in the directory. */
  readonly events: number;
  /** How many of them were in the event store before. */
  readonly found: number;
  /** Events behind them in the event store, of whoever uses it already. */
  readonly more: number;
  /** SHA-256 over every event of the directory as the event store gives it back, which is that of the directory. */
  readonly hash: string;
}

interface ReadBack {
  readonly head: number;
  readonly hash: string;
}

/**
 * Copies the log of a data directory into an event store. What is there is read first: it says where to go on. In the
 * end everything is read again, from the beginning, and compared. Rejects with `LogFailure`, which says what to do, and
 * with `RangeError` for a target that cannot be used.
 */
export const migrateLog = async (directory: string, target: Target, progress: Progress): Promise<Migration> => {
  // Who has the directory keeps services out of it.
  const { store } = await openLogStore(join(directory, 'log'));
  try {
    return await migrateRecords(store, target, progress);
  } finally {
    await store.close();
  }
};

const migrateRecords = async (store: RecordStore, target: Target, progress: Progress): Promise<Migration> => {
  const events = store.head();
  const found = await readBack(store, target, 0, (position) => {
    progress(position, 2 * events);
  });
  const copied = found.head < events ? await copyAfter(store, target, found.head, progress) : found;
  if (copied.hash !== hashOf(store, events)) throw notTheSame(target);
  return { events, found: Math.min(found.head, events), more: copied.head - events, hash: copied.hash };
};

const copyAfter = async (store: RecordStore, target: Target, after: number, progress: Progress): Promise<ReadBack> => {
  const events = store.head();
  await transferRecords(recordsAfter(store, after), target, (position) => {
    progress(position, 2 * events);
  });
  return readBack(store, target, events, (position) => {
    progress(events + position, 2 * events);
  });
};

/** Nodes that follow show an append a moment after it was answered. */
const betweenLooksMs = 20;

/** Reads everything that the event store has, and compares it. Waits for the events that are known to be there. */
const readBack = async (
  store: RecordStore,
  target: Target,
  known: number,
  compared: (position: number) => void,
): Promise<ReadBack> => {
  const copy = new ComparedRecords(store, `The namespace "${target.namespace}" of the event store`, compared);
  const log = await EventStoreEventLog.open({ ...target, copy });
  const untilMs = performance.now() + target.patience.giveUpMs;
  const failed = log.failed.then((failure) => Promise.reject(failure));
  try {
    while (copy.head() < known && performance.now() < untilMs) await Promise.race([failed, pause(betweenLooksMs)]);
  } finally {
    await log.close();
  }
  if (copy.head() < known) throw notShown(copy.head(), known);
  return { head: copy.head(), hash: copy.digest() };
};

const recordsAfter = function* (store: RecordStore, after: number): Generator<OpenRecord> {
  for (let position = after + 1; position <= store.head(); position++) {
    // The store lends its bytes until the next look.
    yield openRecord(position, Buffer.from(bytesAt(store, position)));
  }
};

const hashOf = (store: RecordStore, upTo: number): string => {
  const hash = createHash('sha256');
  for (let position = 1; position <= upTo; position++) hash.update(bytesAt(store, position));
  return hash.digest('hex');
};

const bytesAt = (store: RecordStore, position: number): Uint8Array => {
  const bytes = store.get(position);
  if (bytes === undefined) throw damagedAt(position, 'it is missing');
  return bytes;
};

const notShown = (shown: number, known: number): LogFailure =>
  new LogFailure(
    'unavailable',
    `The event store took ${String(known)} events and shows ${String(shown)} of them. See that all its nodes are up, and run this again.`,
  );

const notTheSame = ({ namespace }: Target): LogFailure =>
  new LogFailure(
    'damaged',
    `What the namespace "${namespace}" of the event store gives back does not have the hash of this log. Choose another namespace with --namespace.`,
  );
