import type { OpenRecord } from '#event-sourcing/record-log/log-records.js';
import type { LogFailure } from '#event-sourcing/ports/event-log.js';
import { decodeEvent } from '#event-sourcing/ports/propose-event.js';
import { AppendSender } from './append-sender.js';
import { EventStoreCalls } from './calls.js';
import { connector } from './client.js';
import { StoreDamaged } from './damaged.js';
import { sendParts } from './append-parts.js';
import { namespace } from './namespace.js';
import { patient, type EventStoreSettings } from './settings.js';
import { messageAppends, messageBytes, packed, type PackedAppend, weightOf } from './stored-form.js';

/** What every event that was copied names as the append that wrote it. */
const writer = 'migration';

/**
 * Copies records of another log into the event store: one append after the other, so that they stand in `$all` in the
 * order in which they come. Neighbours of one stream share a message. The ids and revisions are theirs, and the time at
 * which they were recorded goes with them. Records that are there already are recognised.
 *
 * @param records in the order of their positions, from the first that is not known to be there
 * @param reached is told how far it has come, as a position
 *
 * Rejects with `LogFailure`: `unavailable` when there was no answer in time (the same call may be made again),
 * `notWritable` when it was refused, `damaged` when somebody else writes there.
 */
export const transferRecords = async (
  records: Iterable<OpenRecord>,
  settings: Omit<EventStoreSettings, 'copy'>,
  reached: (position: number) => void,
): Promise<void> => {
  const { retryPolicy = patient } = settings;
  const names = namespace(settings.namespace);
  const calls = new EventStoreCalls(connector(settings.connectionString), retryPolicy, () => undefined);
  const sender = new AppendSender(calls);
  const { signal } = new AbortController();
  try {
    for (const batch of batchesOf(records)) {
      const [{ stream, revision }] = batch;
      const giveUpAtMs = performance.now() + retryPolicy.giveUpMs;
      const appends = batch.map(alone);
      for (const { large } of appends) {
        if (large !== undefined) await sendParts(large, { sender, names }, giveUpAtMs, signal);
      }
      const events = appends.map(({ event }) => event);
      const sending = { stream: names.streamOf(stream), expectedRevision: revision - 1, events, giveUpAtMs };
      const outcome = await sender.send(sending, signal);
      if (outcome === 'conflict') throw takenBySomebody(stream, revision);
      reached(batch[batch.length - 1].position);
    }
  } finally {
    calls.close();
  }
};

/** An append of its own for each, so that its revision there is what it was. */
const alone = ({ id, eventBytes: bytes, revision, recordedAtMs }: OpenRecord): PackedAppend =>
  packed([{ id, type: decodeEvent(bytes).type, bytes }], revision, writer, recordedAtMs);

/** Neighbours of one stream, as many as fit into one message; at least one. */
const batchesOf = function* (records: Iterable<OpenRecord>): Generator<readonly OpenRecord[]> {
  let batch: OpenRecord[] = [];
  let weight = 0;
  for (const record of records) {
    const added = weightOf(record.eventBytes.length);
    const fits =
      batch.at(0)?.stream === record.stream && weight + added <= messageBytes && batch.length < messageAppends;
    if (!fits) {
      if (batch.length > 0) yield batch;
      batch = [];
      weight = 0;
    }
    batch.push(record);
    weight += added;
  }
  if (batch.length > 0) yield batch;
};

const takenBySomebody = (stream: string, revision: number): LogFailure =>
  new StoreDamaged(
    'damaged',
    `Somebody else has written revision ${String(revision)} of "${stream}" in this namespace of the event store meanwhile. Stop whatever uses it, and copy into another namespace.`,
  );
