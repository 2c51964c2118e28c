import { availableParallelism } from 'node:os';
import { inTurn } from '#application/turns.js';
import type { ReadRecords } from '#domain/metering/read-records.js';
import { smallBytes } from './body.js';
import { readMetering } from './metering-body.js';
import type { MeteringForm } from './metering-body.js';
import { ReaderThread } from './reader-thread.js';

/** The event loop needs a core for itself; more readers than this it cannot keep busy. */
const threads = Math.max(1, Math.min(availableParallelism() - 1, 4));

/**
 * Reads the bodies of metering requests beside the event loop, in threads that begin with the first body they get. Small
 * ones are read at once: handing them over would cost more.
 */
export class MeteringReaders {
  readonly #threads = Array.from({ length: threads }, () => new ReaderThread());

  /** @throws Problem when the body cannot be taken */
  async read(body: Buffer, form: MeteringForm): Promise<ReadRecords> {
    if (body.length <= smallBytes && !form.isGzipped) return readMetering(body, form);
    const idlest = this.#threads.reduce((one, other) => (other.waiting < one.waiting ? other : one));
    const read = await idlest.read(body, form);
    await inTurn();
    return read;
  }

  /** Ends the threads; what they have not read rejects. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }
}
