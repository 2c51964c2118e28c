import { crc32 } from 'node:zlib';
import { LogFailure, type StoredEvent } from '../ports/event-log.js';
import { decodeEvent } from '../ports/propose-event.js';

/**
 * A stored event: a header, the id and the stream as UTF-8, then the event's own bytes as they were proposed.
 *
 * | at | what | | at | what |
 * |---|---|---|---|---|
 * | 0 | CRC-32 of everything behind it | | 8 | position (float64) |
 * | 4 | format, 1 | | 16 | revision (float64) |
 * | 5 | bytes of the id | | 24 | recordedAtMs (float64) |
 * | 6 | bytes of the stream (uint16) | | 32 | id, stream, event |
 */
const format = 1;
const headerBytes = 32;

/** Bytes of one stored event; `eventBytes` is what `proposeEvent` encoded. */
export const encodeRecord = (event: StoredEvent, eventBytes: Uint8Array): Buffer => {
  const idBytes = Buffer.byteLength(event.id);
  const streamBytes = Buffer.byteLength(event.stream);
  const record = Buffer.allocUnsafe(headerBytes + idBytes + streamBytes + eventBytes.length);
  record.writeUInt8(format, 4);
  record.writeUInt8(idBytes, 5);
  record.writeUInt16LE(streamBytes, 6);
  record.writeDoubleLE(event.position, 8);
  record.writeDoubleLE(event.revision, 16);
  record.writeDoubleLE(event.recordedAtMs, 24);
  record.write(event.id, headerBytes);
  record.write(event.stream, headerBytes + idBytes);
  record.set(eventBytes, headerBytes + idBytes + streamBytes);
  record.writeUInt32LE(crc32(record.subarray(4)), 0);
  return record;
};

/** Reads a stored event back. Throws `LogFailure` `damaged`, with the position, on bytes that are not what was stored. */
export const decodeRecord = (position: number, stored: Uint8Array): StoredEvent =>
  decodedRecord(openRecord(position, stored));

/** Reads what the event itself says. Throws like `decodeRecord`. */
export const decodedRecord = ({
  position,
  stream,
  revision,
  id,
  recordedAtMs,
  eventBytes,
}: OpenRecord): StoredEvent => ({
  position,
  stream,
  revision,
  id,
  recordedAtMs,
  ...decodedEvent(position, eventBytes),
});

const decodedEvent = (position: number, eventBytes: Uint8Array): ReturnType<typeof decodeEvent> => {
  try {
    return decodeEvent(eventBytes);
  } catch (error) {
    throw damagedAt(position, 'it cannot be decoded', { cause: error });
  }
};

/** Where a stored event stands, and its own bytes as they were proposed. Throws like `decodeRecord`. */
export const openRecord = (position: number, stored: Uint8Array): OpenRecord => {
  const record = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  if (record.length < headerBytes || record.readUInt32LE(0) !== crc32(record.subarray(4))) {
    throw damagedAt(position, 'its checksum does not fit');
  }
  if (record.readUInt8(4) !== format) throw damagedAt(position, `its format is ${String(record.readUInt8(4))}`);
  if (record.readDoubleLE(8) !== position) {
    throw damagedAt(position, `it says that it stands at ${String(record.readDoubleLE(8))}`);
  }
  const streamAt = headerBytes + record.readUInt8(5);
  const eventAt = streamAt + record.readUInt16LE(6);
  return {
    position,
    stream: record.toString('utf8', streamAt, eventAt),
    revision: record.readDoubleLE(16),
    id: record.toString('utf8', headerBytes, streamAt),
    recordedAtMs: record.readDoubleLE(24),
    eventBytes: record.subarray(eventAt),
  };
};

export type OpenRecord = Omit<StoredEvent, 'type' | 'data' | 'meta'> & { readonly eventBytes: Uint8Array };

export const damagedAt = (position: number, what: string, options?: ErrorOptions): LogFailure =>
  new LogFailure(
    'damaged',
    `The event at position ${String(position)} cannot be trusted: ${what}. Restore the data directory from a backup.`,
    options,
  );
