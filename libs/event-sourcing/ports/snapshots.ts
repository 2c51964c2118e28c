import { deferred } from './deferred.js';

/**
 * Snapshots of views: all of them at one log position, replaced as a whole or not at all. Disposable: a missing, old
 * or damaged snapshot costs time, never meaning.
 */
export abstract class Snapshots {
  #damage = deferred<SnapshotDamaged>();

  /** Resolves once if anybody reads a part of the snapshot at hand that is not what was saved, or is gone. */
  get damaged(): Promise<SnapshotDamaged> {
    return this.#damage.told;
  }

  /** Position of the snapshot at hand, or undefined if there is none. Throws `SnapshotDamaged` if it cannot be trusted. */
  abstract position(): number | undefined;

  /** One part of the snapshot at hand. Throws `SnapshotDamaged` when its checksum does not fit. Synchronous. */
  abstract get(key: string): Uint8Array | undefined;

  /** One part that was saved. Throws `SnapshotDamaged`, also if there is none. Synchronous. */
  require(key: string): Uint8Array {
    const bytes = this.get(key);
    if (bytes === undefined) throw this.noticed(new SnapshotDamaged(`The snapshot has lost the part "${key}".`));
    return bytes;
  }

  /** Keys of the parts that start with the prefix, sorted. */
  abstract keys(prefix: string): readonly string[];

  /**
   * Replaces the snapshot by one at the position: parts that are given are written, `undefined` removes one, those not
   * named stay. Atomic: a crash leaves the old one or the new one. Parts are asked for over several turns; rejects
   * if everything is thrown away meanwhile.
   */
  abstract save(
    position: number,
    parts: Iterable<readonly [key: string, bytes: Uint8Array | undefined]>,
  ): Promise<void>;

  /** Throws everything away, as after damage. */
  abstract clear(): Promise<void>;

  abstract close(): Promise<void>;

  /** Tells of the damage, and gives it back to be thrown. */
  protected noticed(error: SnapshotDamaged): SnapshotDamaged {
    this.#damage.tell(error);
    return error;
  }

  /** What was damaged is thrown away. */
  protected cleared(): void {
    this.#damage = deferred();
  }
}

export class SnapshotDamaged extends Error {
  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'SnapshotDamaged';
  }
}
