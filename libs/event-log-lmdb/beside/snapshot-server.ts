import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { OwnerSocket } from '../owner/owner-socket.js';
import { frameOf } from './frames.js';

/** One snapshot as it is stored: pairs of a key and a value with its checksum, the position under its key first. */
export type StoredParts = () => Iterable<readonly [key: string, value: Uint8Array]>;

/** Lets other processes read the snapshot, as it stands when they ask: `/snapshot`. */
export const serveSnapshot = (socket: OwnerSocket, parts: StoredParts): void => {
  socket.serve('/snapshot', async (_query, response) => {
    const pieces = function* (): Generator<Uint8Array> {
      for (const [key, value] of parts()) {
        yield* frameOf(Buffer.from(key));
        yield* frameOf(value);
      }
    };
    await pipeline(Readable.from(pieces(), { objectMode: false, highWaterMark: 1 << 18 }), response);
  });
};
