import { deferred } from './deferred.js';

/**
 * Where things stand in the log, found by fingerprint: the first place of every metering identity, the places of a
 * task's records, of its children, of corrections. Too many for the heap, so the port lets an adapter keep them on disk.
 *
 * A key is three unsigned 32-bit words (`#kernel/fingerprint.js`), read from `words[at]`, `words[at + 1]` and
 * `words[at + 2]`, so that the hot path allocates nothing.
 */
export interface LogLocation {
  /** Log position of the event. */
  readonly position: number;
  /** Row inside the event, below 65,536. */
  readonly row: number;
  /** 32 bits of the caller's own, for identities the hash of the content. */
  readonly tag: number;
}

export abstract class LocationIndex {
  readonly #damage = deferred<LocationIndexDamaged>();

  /** Resolves once if anybody, also a merge of its own, reads what is not what was written. It is not mended in place. */
  readonly damaged = this.#damage.told;

  /** The earliest place under the key, in log order. Synchronous: it may read the disk, but only for keys it has. */
  abstract first(words: Uint32Array, at: number): LogLocation | undefined;

  /** Every place under the key, in log order, without repeats. */
  abstract all(words: Uint32Array, at: number): readonly LogLocation[];

  /** Adds a place. Adding the same place twice is the same as once. */
  abstract add(words: Uint32Array, at: number, place: LogLocation): void;

  /**
   * Puts what was added up to this call where a restart finds it, and resolves to a manifest from which an adapter of
   * the same kind opens exactly that (what is added after the call is not part of it). JSON-native.
   */
  abstract checkpoint(): Promise<object>;

  /** Resolves when there is room for more: at once, unless a replay has run ahead of what can be put away. */
  abstract drain(): Promise<void>;

  /** Number of places held and bytes of memory used for them, for metrics and benchmarks. */
  abstract size(): { readonly places: number; readonly memoryBytes: number };

  abstract close(): Promise<void>;

  /** Tells of the damage, if the error is one, and gives it back to be thrown. */
  protected noticed(error: unknown): unknown {
    if (error instanceof LocationIndexDamaged) this.#damage.tell(error);
    return error;
  }
}

/**
 * What the index holds is not what it was given: a part is missing, cut short or changed. The log has everything that
 * was in it: whoever catches this begins an empty index and reads the log from its start.
 */
export class LocationIndexDamaged extends Error {
  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'LocationIndexDamaged';
  }
}
