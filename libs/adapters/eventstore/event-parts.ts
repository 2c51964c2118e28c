import { createHash } from 'node:crypto';
import { binaryEvent, type BinaryEventData } from '@eventstore/db-client';
import { LogFailure } from '#ports/event-log.js';
import { uuidOf } from '#ports/propose-event.js';
import type { AppendSender } from './append-sender.js';
import type { Namespace } from './namespace.js';
import { type LargeEvent, partBytes } from './stored-form.js';

/** Stores the bytes of large events, before the events themselves. Rejects with `LogFailure`. */
export const sendParts = async (
  large: readonly LargeEvent[],
  { sender, names }: { readonly sender: AppendSender; readonly names: Namespace },
  giveUpAtMs: number,
  signal: AbortSignal,
): Promise<void> => {
  for (const { id, bytes } of large) {
    const stream = names.partsOf(id);
    for (const [index, part] of partsOf(id, bytes).entries()) {
      const { code } = await sender.send({ stream, expectedRevision: index - 1, events: [part], giveUpAtMs }, signal);
      if (code === 'conflict') {
        throw new LogFailure('damaged', `The stream "${stream}" holds something else than its event.`);
      }
    }
  }
};

/**
 * The bytes of a large event, in parts of which each fits into an append. They lie in a stream of their own before the
 * event is appended: the append is what makes the event be there, and parts that nobody names are never read.
 */
const partsOf = (id: string, bytes: Uint8Array): readonly BinaryEventData[] =>
  Array.from({ length: Math.ceil(bytes.length / partBytes) }, (_, index) =>
    binaryEvent({
      id: partId(id, index),
      type: 'EventPart',
      data: bytes.subarray(index * partBytes, (index + 1) * partBytes),
    }),
  );

const partId = (id: string, index: number): string =>
  uuidOf(
    createHash('sha256')
      .update(`${id}\n${String(index)}`)
      .digest(),
  );
