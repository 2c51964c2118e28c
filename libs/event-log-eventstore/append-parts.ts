import { hash } from 'node:crypto';
import { binaryEvent, type BinaryEventData, type RecordedEvent } from '@eventstore/db-client';
import type { ProposedEvent } from '#event-sourcing/ports/event-log.js';
import { uuidOf } from '#event-sourcing/ports/propose-event.js';
import type { AppendSender } from './append-sender.js';
import { damaged } from './damaged.js';
import type { Namespace } from './namespace.js';
import { type LargeAppend, partBytes, type StoredAppend, unpackedAppend } from './stored-form.js';
import { readStream } from './stream-reads.js';
import type { EventStoreClient } from './vendor-internals.js';

const partsAtOnce = 4;

/** Stores the bytes of a large append, before the append itself. Rejects with `LogFailure`. */
export const sendParts = async (
  { id, bytes }: LargeAppend,
  { sender, names }: { readonly sender: AppendSender; readonly names: Namespace },
  giveUpAtMs: number,
  signal: AbortSignal,
): Promise<void> => {
  const stream = names.partsOf(id);
  for (const [index, part] of partsOf(id, bytes).entries()) {
    const outcome = await sender.send({ stream, expectedRevision: index - 1, events: [part], giveUpAtMs }, signal);
    if (outcome === 'conflict') throw damaged(`"${stream}" holds something else than its append`);
  }
};

/** The events of a stored append, wherever its bytes lie; undefined if they are not what was stored. */
export const eventsOf = async (
  { id, isJson, data }: RecordedEvent,
  append: StoredAppend,
  { client, names, readMs }: { readonly client: EventStoreClient; readonly names: Namespace; readonly readMs: number },
): Promise<readonly Pick<ProposedEvent, 'id' | 'bytes'>[] | undefined> => {
  if (isJson || !(data instanceof Uint8Array)) return undefined;
  if (append.parts === undefined) return unpackedAppend(id, append, data);
  const pieces: Uint8Array[] = [];
  // A few at a time, each with the time that a read may take: a large append comes, however slowly.
  for (let from = 0; from < append.parts; from += partsAtOnce) {
    for (const { data } of await readStream(client, names.partsOf(id), from, partsAtOnce, readMs)) {
      if (data instanceof Uint8Array) pieces.push(data);
    }
  }
  return unpackedAppend(id, append, Buffer.concat(pieces));
};

/**
 * The bytes of a large append, in parts of which each fits into a message. They lie in a stream of their own before the
 * append is stored: that is what makes its events be there, and parts that nobody names are never read.
 */
const partsOf = (id: string, bytes: Uint8Array): readonly BinaryEventData[] =>
  Array.from({ length: Math.ceil(bytes.length / partBytes) }, (_, index) =>
    binaryEvent({
      id: partId(id, index),
      type: 'EventPart',
      data: bytes.subarray(index * partBytes, (index + 1) * partBytes),
    }),
  );

const partId = (id: string, index: number): string => uuidOf(hash('sha256', `${id}\n${String(index)}`, 'buffer'));
