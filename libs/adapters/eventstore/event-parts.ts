import { createHash } from 'node:crypto';
import { binaryEvent, type BinaryEventData } from '@eventstore/db-client';
import { uuidOf } from '#ports/propose-event.js';
import { partBytes } from './stored-form.js';

/**
 * The bytes of a large event, in parts of which each fits into an append. They lie in a stream of their own before the
 * event is appended: the append is what makes the event be there, and parts that nobody names are never read.
 */
export const partsOf = (id: string, bytes: Uint8Array): readonly BinaryEventData[] =>
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
