import { crc32 } from 'node:zlib';
import { SnapshotDamaged } from '#event-sourcing/ports/snapshots.js';

const checksumBytes = 4;
/** LMDB's limit is 1,978 bytes with its marks. */
const keyBytes = 1900;

/** Under which a snapshot keeps its position, as 8 bytes, in a database of its own. */
export const positionKey = 'position';

/** The name of a part, if it can be one. */
export const usableKey = (key: string): string => {
  const length = Buffer.byteLength(key);
  if (length >= 1 && length <= keyBytes) return key;
  throw new RangeError(`The name of a snapshot's part has 1 to ${String(keyBytes)} bytes, not ${String(length)}`);
};

/** A part as it is stored: its checksum behind it. */
export const withChecksum = (key: string, bytes: Uint8Array): Buffer => {
  const value = Buffer.allocUnsafeSlow(bytes.length + checksumBytes);
  value.set(bytes);
  value.writeUInt32LE(checksumOf(key, bytes), bytes.length);
  return value;
};

/** The part that was stored; starts at a multiple of 8, so that typed arrays may lie on it. Throws `SnapshotDamaged`. */
export const checkedPart = (key: string, value: Buffer): Buffer => {
  const bytes = value.subarray(0, value.length - checksumBytes);
  if (value.length < checksumBytes || value.readUInt32LE(bytes.length) !== checksumOf(key, bytes)) {
    throw new SnapshotDamaged(`The part "${key}" of the snapshot does not fit its checksum.`);
  }
  return bytes.byteOffset % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
};

/** The key counts, too: a part that is found under another part's name is damage. */
const checksumOf = (key: string, bytes: Uint8Array): number => crc32(bytes, crc32(key));
