import { join } from 'node:path';
import { open } from 'lmdb';
import type { LogLocation } from '#event-sourcing/ports/location-index.js';
import { DiskLocationIndex } from '#identity-index/location-index.js';

/** Words of a key, `#kernel/fingerprint.js`. */
export const keyWords = 3;
/** As many records as one request to meter may have: so many are looked up and added at a time. */
export const recordsPerBatch = 10_000;

/** What a benchmark adds identities to. */
export interface IdentityEngine {
  /** Looks each key of the batch up and adds it, with its place, unless it is there. Returns how many were. */
  add(keys: Uint32Array, from: number, to: number): number;
  /** Resolves when the next batch may come. */
  room(): Promise<void>;
  /** Resolves when everything that was added is where a restart finds it. */
  seal(): Promise<unknown>;
  close(): Promise<void>;
}

const placeOf = (
  record: number,
  tag: number,
  into: { -readonly [Key in keyof LogLocation]: LogLocation[Key] },
): LogLocation => {
  into.position = 1 + Math.floor(record / 500);
  into.row = record % 500;
  into.tag = tag;
  return into;
};

const openOurs = async (directory: string): Promise<IdentityEngine> => {
  const index = await DiskLocationIndex.open({ directory: join(directory, 'ours'), manifest: undefined });
  const place = { position: 0, row: 0, tag: 0 };
  return {
    add: (keys, from, to) => {
      let found = 0;
      for (let record = from; record < to; record++) {
        const at = keyWords * record;
        if (index.first(keys, at) === undefined) index.add(keys, at, placeOf(record, keys[at + 1], place));
        else found++;
      }
      return found;
    },
    room: () => index.drain(),
    seal: () => index.checkpoint(),
    close: () => index.close(),
  };
};

/**
 * LMDB as it is quickest: one synchronous transaction a batch, which sees what it has put itself, in a map that is
 * written directly; keys and values are bytes in buffers that are used again, and nothing is ever flushed.
 */
const openLmdb = (directory: string): Promise<IdentityEngine> => {
  const database = open<Buffer>({
    path: join(directory, 'lmdb'),
    keyEncoding: 'binary',
    encoding: 'binary',
    cache: false,
    compression: false,
    noSync: true,
    noMemInit: true,
    useWritemap: true,
  });
  const key = new Uint32Array(keyWords);
  const keyBytes = Buffer.from(key.buffer);
  const value = new DataView(new ArrayBuffer(16));
  const valueBytes = Buffer.from(value.buffer);
  const place = { position: 0, row: 0, tag: 0 };
  const addOne = (keys: Uint32Array, record: number): boolean => {
    const at = keyWords * record;
    for (let word = 0; word < keyWords; word++) key[word] = keys[at + word];
    if (database.getBinaryFast(keyBytes) !== undefined) return false;
    const { position, row, tag } = placeOf(record, keys[at + 1], place);
    value.setFloat64(0, position);
    value.setUint32(8, row);
    value.setUint32(12, tag);
    database.putSync(keyBytes, valueBytes);
    return true;
  };
  return Promise.resolve({
    add: (keys, from, to) =>
      database.transactionSync(() => {
        let found = 0;
        for (let record = from; record < to; record++) if (!addOne(keys, record)) found++;
        return found;
      }),
    room: () => Promise.resolve(),
    seal: () => Promise.resolve(),
    close: () => database.close(),
  });
};

/** Opens an engine on an empty directory. */
export const identityEngines: Readonly<Record<'ours' | 'lmdb', (directory: string) => Promise<IdentityEngine>>> = {
  ours: openOurs,
  lmdb: openLmdb,
};
