import type { Hour } from '#kernel/hours.js';
import { decodeCells, encodeCells } from './cells.codec.js';
import { keptHours, type SavedHour } from './last-hours.js';

/** Hours take turns with a few keys, so that a snapshot holds no more of them than the view does. */
export const hoursPrefix = 'spend/hour/';
export const keyOfHour = (hour: Hour): string => `${hoursPrefix}${String(hour % keptHours)}`;

/** The hour as a 64-bit float, little-endian, then its cells. */
export const encodeHour = ({ hour, cells }: SavedHour): Uint8Array => {
  const table = encodeCells([cells, cells.carries]);
  const bytes = new Uint8Array(headerBytes + table.length);
  new DataView(bytes.buffer).setFloat64(0, hour, true);
  bytes.set(table, headerBytes);
  return bytes;
};

/** @throws Error if the bytes are not what `encodeHour` makes */
export const decodeHour = (bytes: Uint8Array): SavedHour => {
  if (bytes.length < headerBytes) throw new Error('an hour of spend is damaged');
  const hour = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
  const [cells, carries] = decodeCells(bytes.subarray(headerBytes));
  if (!Number.isSafeInteger(hour) || cells === undefined) throw new Error('an hour of spend is damaged');
  cells.carries = carries;
  return { hour, cells };
};

const headerBytes = 8;
