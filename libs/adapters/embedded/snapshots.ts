import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Database, RootDatabase, Transaction } from 'lmdb';
import { LogFailure } from '#ports/event-log.js';
import { SnapshotDamaged, Snapshots } from '#ports/snapshots.js';
import { causeOf, openEnvironment } from './environment.js';

export interface EmbeddedSnapshotsOptions {
  /** `<data directory>/views`; made when it is not there. */
  readonly directory: string;
  /** Reads the snapshot as it stood at the opening, beside a running service or on a stopped one. */
  readonly readOnly?: boolean;
}

interface Opened {
  readonly environment: RootDatabase;
  readonly parts: Database<Buffer, string>;
  readonly position: Database<Buffer, string>;
  /** Pins one state for a reader, so that a save beside it cannot mix two snapshots. */
  readonly transaction: Transaction | undefined;
}

const positionKey = 'position';
const checksumBytes = 4;
/** LMDB's limit is 1,978 bytes with its marks. */
const keyBytes = 1900;

/**
 * Snapshots in an LMDB environment of their own: every part with a checksum behind it, every save one transaction.
 * A directory that cannot be opened any more is thrown away and begun anew, because a snapshot is only saved time.
 */
export class EmbeddedSnapshots extends Snapshots {
  private constructor(
    private readonly directory: string,
    private readonly readOnly: boolean,
    private opened: Opened,
  ) {
    super();
  }

  /** Rejects with `LogFailure` when the directory cannot be used, and with `SnapshotDamaged` when it cannot be read. */
  static async open({ directory, readOnly = false }: EmbeddedSnapshotsOptions): Promise<EmbeddedSnapshots> {
    return new EmbeddedSnapshots(directory, readOnly, openOrRenew(directory, readOnly));
  }

  position(): number | undefined {
    return this.stored(this.opened.position, positionKey)?.readDoubleLE(0);
  }

  /** A copy that belongs to the caller; it starts at a multiple of 8, so that typed arrays may lie on it. */
  get(key: string): Uint8Array | undefined {
    return this.stored(this.opened.parts, key);
  }

  keys(prefix: string): readonly string[] {
    const { parts, transaction } = this.opened;
    return trusted('the list of parts', () => [
      ...parts.getKeys({ start: prefix, end: `${prefix}\u{10ffff}`, transaction }),
    ]);
  }

  async save(position: number, parts: Iterable<readonly [key: string, bytes: Uint8Array | undefined]>): Promise<void> {
    // Made before the transaction begins: what throws inside of it would leave half a snapshot.
    const given = [...parts].map(([key, bytes]) => [usable(key), bytes && withChecksum(key, bytes)] as const);
    const at = Buffer.alloc(8);
    at.writeDoubleLE(position);
    try {
      await this.opened.parts.batch(() => {
        for (const [key, value] of given) {
          if (value === undefined) void this.opened.parts.remove(key);
          else void this.opened.parts.put(key, value);
        }
        void this.opened.position.put(positionKey, withChecksum(positionKey, at));
      });
    } catch (error) {
      throw await causeOf(error);
    }
  }

  async clear(): Promise<void> {
    await this.close();
    discard(this.directory);
    this.opened = openDatabases(this.directory, this.readOnly);
  }

  async close(): Promise<void> {
    this.opened.transaction?.done();
    await this.opened.environment.close();
  }

  private stored(database: Database<Buffer, string>, key: string): Buffer | undefined {
    const { transaction } = this.opened;
    const value = trusted(key, () => database.get(key, { transaction }));
    if (value === undefined) return undefined;
    const bytes = value.subarray(0, value.length - checksumBytes);
    if (value.length < checksumBytes || value.readUInt32LE(bytes.length) !== checksumOf(key, bytes)) {
      throw new SnapshotDamaged(`The part "${key}" of the snapshot does not fit its checksum.`);
    }
    return bytes.byteOffset % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  }
}

const usable = (key: string): string => {
  const length = Buffer.byteLength(key);
  if (length >= 1 && length <= keyBytes) return key;
  throw new RangeError(`The name of a snapshot's part has 1 to ${String(keyBytes)} bytes, not ${String(length)}`);
};

/** The key counts, too: a part that is found under another part's name is damage. */
const checksumOf = (key: string, bytes: Uint8Array): number => crc32(bytes, crc32(key));

const withChecksum = (key: string, bytes: Uint8Array): Buffer => {
  const value = Buffer.allocUnsafeSlow(bytes.length + checksumBytes);
  value.set(bytes);
  value.writeUInt32LE(checksumOf(key, bytes), bytes.length);
  return value;
};

const openOrRenew = (directory: string, readOnly: boolean): Opened => {
  try {
    return openDatabases(directory, readOnly);
  } catch (error) {
    const isDamaged = error instanceof LogFailure && error.code === 'damaged';
    if (!isDamaged) throw error;
    if (readOnly) throw new SnapshotDamaged(`The snapshot in ${directory} cannot be read.`, { cause: error });
    discard(directory);
    return openDatabases(directory, readOnly);
  }
};

const openDatabases = (directory: string, readOnly: boolean): Opened => {
  const environment = openEnvironment(directory, readOnly);
  const parts = environment.openDB<Buffer, string>({ name: 'parts', encoding: 'binary' });
  const position = environment.openDB<Buffer, string>({ name: positionKey, encoding: 'binary' });
  return { environment, parts, position, transaction: readOnly ? environment.useReadTransaction() : undefined };
};

const discard = (directory: string): void => {
  for (const file of ['data.mdb', 'lock.mdb']) rmSync(join(directory, file), { force: true });
};

const trusted = <T>(what: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw new SnapshotDamaged(`The snapshot cannot be read at ${what}.`, { cause: error });
  }
};
