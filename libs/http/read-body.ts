import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { BodyUnderWay } from './bodies-under-way.js';
import { bodyProblems, Problem } from './problem.js';

/** As much is inflated at a time. */
const chunkBytes = 64 * 1024;

const incomplete = new Problem(400, 'bodyIncomplete', 'The body ended before it was complete.');
const notGzip = new Problem(400, 'bodyNotGzip', 'The body says that it is gzipped, but it cannot be inflated.');

/**
 * Reads a body to its end. What comes after it was refused is dropped.
 *
 * @throws Problem 413 when it holds more, 400 when it does not come to its end, 429 or 503 when there is
 * no room for it
 */
export const readSent = (payload: IncomingMessage, maxBytes: number, underWay: BodyUnderWay): Promise<Buffer> =>
  gather(payload, { maxBytes, underWay, countedBytes: 0, broken: incomplete });

/**
 * Inflates a body.
 *
 * @throws Problem 413 when it comes to more, 400 when it is no gzip, 429 or 503 when there is no room for it
 */
export const inflate = async (sent: Buffer, maxBytes: number, underWay: BodyUnderWay): Promise<Buffer> => {
  // Also where little comes of it: what inflates has buffers of its own.
  const countedBytes = underWay.bytes + chunkBytes;
  underWay.reach(countedBytes);
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  try {
    const inflated = gather(gunzip, { maxBytes, underWay, countedBytes, broken: notGzip });
    gunzip.end(sent);
    return await inflated;
  } finally {
    gunzip.destroy();
  }
};

interface Gathering {
  readonly maxBytes: number;
  readonly underWay: BodyUnderWay;
  /** Counted for what else there is of the body. */
  readonly countedBytes: number;
  /** What it is when the source fails. */
  readonly broken: Problem;
}

const gather = (source: Readable, { maxBytes, underWay, countedBytes, broken }: Gathering): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const bytes = new Bytes();
    const keep = (chunk: Buffer): void => {
      try {
        if (bytes.length + chunk.length > maxBytes) throw bodyProblems.tooLarge;
        underWay.reach(countedBytes + bytes.length + chunk.length);
        bytes.add(chunk);
      } catch (error) {
        refuse(error instanceof Error ? error : broken);
      }
    };
    const refuse = (problem: Error): void => {
      source.off('data', keep).resume();
      bytes.drop();
      reject(problem);
    };
    source.on('data', keep);
    source.once('end', () => {
      resolve(bytes.take());
    });
    // The sender hung up, or it was never what it says.
    source.on('error', () => {
      refuse(broken);
    });
    source.once('close', () => {
      refuse(broken);
    });
  });

/** Bytes that come in pieces, however small: at most twice as many are kept. */
class Bytes {
  length = 0;
  private kept: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.length === 0) this.kept = chunk;
    else {
      if (length > this.kept.length) {
        const more = Buffer.allocUnsafe(Math.max(length, 2 * this.kept.length));
        this.kept.copy(more, 0, 0, this.length);
        this.kept = more;
      }
      chunk.copy(this.kept, this.length);
    }
    this.length = length;
  }

  take(): Buffer {
    return this.kept.subarray(0, this.length);
  }

  drop(): void {
    this.kept = Buffer.alloc(0);
  }
}
