import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { binaryEvent, type BinaryEventData } from '@eventstore/db-client';
import { Packr } from 'msgpackr';
import { z } from 'zod';
import type { ProposedEvent } from '#event-sourcing/ports/event-log.js';
import { uuidOf } from '#event-sourcing/ports/propose-event.js';

/**
 * How an append lies in the event store: as one event there, however many of ours it has. `revision` says where the
 * first of them stands in our stream, `events` how many they are, `append` which call of `append` wrote it, `parts` in
 * how many pieces its bytes lie elsewhere, `recordedAtMs` when the log it was copied from stored it: the event store
 * knows only when it was copied. Format 1 had one event each, so that its revision was ours.
 */
const fields = {
  crc32: z.int(),
  append: z.string(),
  parts: z.int().positive().optional(),
  recordedAtMs: z.number().optional(),
};
const metadataSchema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal(1), ...fields }),
  z.strictObject({ format: z.literal(2), revision: z.int().nonnegative(), events: z.int().positive(), ...fields }),
]);

/** What the event store says of one append. */
export interface StoredAppend extends z.infer<z.ZodObject<typeof fields>> {
  /** Where its first and its last event stand in the stream, as the log counts. */
  readonly first: number;
  readonly last: number;
}

/** An append that this adapter stored, undefined for any other event. */
export const storedAppend = (event: {
  readonly revision: bigint;
  readonly metadata?: unknown;
}): StoredAppend | undefined => {
  const metadata = metadataSchema.safeParse(event.metadata).data;
  if (metadata === undefined) return undefined;
  const first = metadata.format === 1 ? Number(event.revision) : metadata.revision;
  const events = metadata.format === 1 ? 1 : metadata.events;
  return { ...metadata, first, last: first + events - 1 };
};

/** An event as it is packed. */
export type PackableEvent = Pick<ProposedEvent, 'id' | 'type' | 'bytes'>;

/** What a message may weigh: servers up to 25.0 take 1 MiB. */
export const messageBytes = 1 << 20;

/** Type, metadata and the store's own fields of one append, in bytes: generous. */
const frameBytes = 512;

/** What an append weighs in a message, by the bytes of its events. */
export const weightOf = (bytes: number): number => bytes + frameBytes;

/** Appends of one message. */
export const messageAppends = 1024;

/** Bytes of one part of an append that does not fit into a message. */
export const partBytes = 1 << 19;

/** The bytes of an append, which have to be stored before it. */
export interface LargeAppend {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** An append as it is sent. */
export interface PackedAppend {
  readonly event: BinaryEventData;
  readonly large: LargeAppend | undefined;
  readonly weight: number;
}

/**
 * Packs the events of one append; the bytes of one that does not fit into a message go elsewhere.
 *
 * @param first revision of the first of them, as the log counts
 * @param append what the call of `append` is called that stores it
 * @param recordedAtMs only if another log has stored it before
 */
export const packed = (
  events: readonly PackableEvent[],
  first: number,
  append: string,
  recordedAtMs?: number,
): PackedAppend => {
  const id = events.length === 1 ? events[0].id : idOf(events);
  const type = events.length === 1 ? events[0].type : `${events[0].type}+${String(events.length - 1)}`;
  const bytes = events.length === 1 ? events[0].bytes : codec.pack(events.map((event) => [event.id, event.bytes]));
  const isLarge = weightOf(bytes.length) > messageBytes;
  const metadata = {
    format: 2,
    revision: first,
    events: events.length,
    crc32: crc32(bytes),
    append,
    ...(isLarge && { parts: Math.ceil(bytes.length / partBytes) }),
    ...(recordedAtMs !== undefined && { recordedAtMs }),
  };
  return {
    event: binaryEvent({ id, type, data: isLarge ? new Uint8Array() : bytes, metadata }),
    large: isLarge ? { id, bytes } : undefined,
    weight: weightOf(isLarge ? 0 : bytes.length),
  };
};

/** The events of an append, from the bytes it was stored as; undefined if they are not those. */
export const unpackedAppend = (
  id: string,
  append: StoredAppend,
  bytes: Uint8Array,
): readonly Pick<ProposedEvent, 'id' | 'bytes'>[] | undefined => {
  if (crc32(bytes) !== append.crc32) return undefined;
  if (append.first === append.last) return [{ id, bytes }];
  return (codec.unpack(bytes) as [string, Uint8Array][]).map(([id, bytes]) => ({ id, bytes }));
};

const codec = new Packr({ useRecords: false });

/** The same events are the same append, whoever sends them. */
const idOf = (events: readonly PackableEvent[]): string =>
  uuidOf(hash('sha256', events.map(({ id }) => id).join('\n'), 'buffer'));
