import { crc32 } from 'node:zlib';
import { binaryEvent, type BinaryEventData } from '@eventstore/db-client';
import { z } from 'zod';
import type { ProposedEvent } from '#ports/event-log.js';

/**
 * How an event lies in the event store: id and type as they are, the bytes that were proposed as data, and this as
 * metadata. `append` says which call of `append` wrote it, `parts` in how many pieces the bytes lie elsewhere,
 * `recordedAtMs` when the log it was copied from stored it: the event store knows only when it was copied.
 */
const metadataSchema = z.strictObject({
  format: z.literal(1),
  crc32: z.int(),
  append: z.string(),
  parts: z.int().positive().optional(),
  recordedAtMs: z.number().optional(),
});

export type StoredMetadata = z.infer<typeof metadataSchema>;

/** Metadata of an event that this adapter stored, undefined for any other. */
export const metadataOf = (metadata: unknown): StoredMetadata | undefined => metadataSchema.safeParse(metadata).data;

/** Whether the bytes are those that were proposed. */
export const isWhole = (bytes: Uint8Array, metadata: StoredMetadata): boolean => crc32(bytes) === metadata.crc32;

/** An event as it is packed; `recordedAtMs` only if another log has stored it before. */
export type PackableEvent = Pick<ProposedEvent, 'id' | 'type' | 'bytes'> & { readonly recordedAtMs?: number };

/** What an append may weigh: servers up to 25.0 take 1 MiB. */
export const appendBytes = 1 << 20;

/** Type, metadata and the store's own fields of one event, in bytes: generous. */
const frameBytes = 512;

/** What an event weighs in an append. */
export const weightOf = (bytes: Uint8Array): number => bytes.length + frameBytes;

/** Events of one append. */
export const appendEvents = 1024;

/** An event whose bytes do not fit into its append. */
export interface LargeEvent {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Events as they are appended, and those among them whose bytes have to be stored before. */
export interface PackedEvents {
  readonly events: readonly BinaryEventData[];
  readonly large: readonly LargeEvent[];
  readonly weight: number;
}

/**
 * Packs the events of one append. If they are too heavy for it together, the bytes of those that are larger than an
 * equal share go elsewhere.
 */
export const packed = (events: readonly PackableEvent[], append: string): PackedEvents => {
  const room = appendBytes - events.length * frameBytes;
  const total = events.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const mostBytes = total <= room ? room : room / events.length;
  const large = events.filter(({ bytes }) => bytes.length > mostBytes);
  const weight = large.reduce((sum, { bytes }) => sum - bytes.length, total) + events.length * frameBytes;
  return { events: events.map((event) => eventData(event, append, mostBytes)), large, weight };
};

const eventData = (
  { id, type, bytes, recordedAtMs }: PackableEvent,
  append: string,
  mostBytes: number,
): BinaryEventData => {
  const whole = { format: 1, crc32: crc32(bytes), append, ...(recordedAtMs !== undefined && { recordedAtMs }) };
  if (bytes.length <= mostBytes) return binaryEvent({ id, type, data: bytes, metadata: whole });
  const parts = Math.ceil(bytes.length / partBytes);
  return binaryEvent({ id, type, data: new Uint8Array(), metadata: { ...whole, parts } });
};

/** Bytes of one part of a large event. */
export const partBytes = 1 << 19;
