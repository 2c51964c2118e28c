import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database, RootDatabase, Transaction } from 'lmdb';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { SnapshotDamaged, Snapshots } from '#event-sourcing/ports/snapshots.js';
import { throughOwnerOrDirect } from './beside/through-owner-or-direct.js';
import { SnapshotClient } from './beside/snapshot-client.js';
import { serveSnapshot } from './beside/snapshot-server.js';
import { causeOf, openEnvironment } from './environment.js';
import type { OwnerSocket } from './owner/owner-socket.js';
import { checkedPart, positionKey, usableKey, withChecksum } from './snapshot-part.js';

export interface EmbeddedSnapshotsOptions {
  /** `<data directory>/views`; made when it is not there. */
  readonly directory: string;
  /** Where others may read it: the log's, whose owner has the whole data directory to itself. */
  readonly socket?: OwnerSocket;
}

/** Parts are made while others run: it holds the event loop no longer than this at a time. */
const sliceMs = 0.5;

interface Opened {
  readonly environment: RootDatabase;
  readonly parts: Database<Buffer, string>;
  readonly position: Database<Buffer, string>;
  /** Pins one state for a reader, so that a save beside it cannot mix two snapshots. */
  readonly transaction: Transaction | undefined;
}

/**
 * Snapshots in an LMDB environment of their own: every part with a checksum behind it, every save one transaction.
 * A directory that cannot be opened any more is thrown away and begun anew, because a snapshot is only saved time.
 */
export class EmbeddedSnapshots extends Snapshots {
  private constructor(
    private readonly directory: string,
    private opened: Opened,
  ) {
    super();
  }

  /** Rejects with `LogFailure` when the directory cannot be used. */
  static async open({ directory, socket }: EmbeddedSnapshotsOptions): Promise<EmbeddedSnapshots> {
    const snapshots = new EmbeddedSnapshots(directory, openOrRenew(directory));
    if (socket !== undefined) serveSnapshot(socket, () => snapshots.stored());
    return snapshots;
  }

  /**
   * The snapshot as it stands now, for reading beside a running service or on a stopped one; undefined if there is none.
   * Rejects with `SnapshotDamaged` when it cannot be read.
   *
   * @param logDirectory whose owner has the whole data directory
   */
  static async read(directory: string, logDirectory: string): Promise<Snapshots | undefined> {
    if (!existsSync(join(directory, 'data.mdb'))) return undefined;
    return throughOwnerOrDirect<Snapshots>(
      logDirectory,
      (owner) => SnapshotClient.read(logDirectory, owner),
      async () => new EmbeddedSnapshots(directory, openForReading(directory)),
    );
  }

  position(): number | undefined {
    return this.valueIn(this.opened.position, positionKey)?.readDoubleLE(0);
  }

  /** A copy that belongs to the caller; it starts at a multiple of 8, so that typed arrays may lie on it. */
  get(key: string): Uint8Array | undefined {
    return this.valueIn(this.opened.parts, key);
  }

  keys(prefix: string): readonly string[] {
    const { parts, transaction } = this.opened;
    return this.trusted('the list of parts', () => [
      ...parts.getKeys({ start: prefix, end: `${prefix}\u{10ffff}`, transaction }),
    ]);
  }

  async save(position: number, parts: Iterable<readonly [key: string, bytes: Uint8Array | undefined]>): Promise<void> {
    // Made before the transaction begins: what throws inside of it would leave half a snapshot.
    const { opened } = this;
    const given: (readonly [string, Buffer | undefined])[] = [];
    let sliceEndsMs = performance.now() + sliceMs;
    for (const [key, bytes] of parts) {
      given.push([usableKey(key), bytes && withChecksum(key, bytes)]);
      if (performance.now() < sliceEndsMs) continue;
      await nextTurn();
      sliceEndsMs = performance.now() + sliceMs;
    }
    if (this.opened !== opened) throw new Error('The snapshots were cleared while a new one was made.');
    const at = Buffer.alloc(8);
    at.writeDoubleLE(position);
    try {
      await opened.parts.batch(() => {
        for (const [key, value] of given) {
          if (value === undefined) void opened.parts.remove(key);
          else void opened.parts.put(key, value);
        }
        void opened.position.put(positionKey, withChecksum(positionKey, at));
      });
    } catch (error) {
      throw await causeOf(error);
    }
  }

  async clear(): Promise<void> {
    await this.close();
    discard(this.directory);
    this.opened = openDatabases(this.directory, false);
    this.cleared();
  }

  async close(): Promise<void> {
    this.opened.transaction?.done();
    await this.opened.environment.close();
  }

  /** Everything that is stored, of one moment, however long the caller takes. */
  private *stored(): Generator<readonly [key: string, value: Uint8Array]> {
    const { environment, parts, position } = this.opened;
    const transaction = environment.useReadTransaction();
    try {
      const at = position.get(positionKey, { transaction });
      if (at === undefined) return;
      yield [positionKey, at];
      for (const { key, value } of parts.getRange({ transaction })) yield [key, value];
    } finally {
      transaction.done();
    }
  }

  private valueIn(database: Database<Buffer, string>, key: string): Buffer | undefined {
    const { transaction } = this.opened;
    return this.trusted(key, () => {
      const value = database.get(key, { transaction });
      return value && checkedPart(key, value);
    });
  }

  private trusted<T>(what: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      const cannot = `The snapshot cannot be read at ${what}.`;
      throw this.noticed(error instanceof SnapshotDamaged ? error : new SnapshotDamaged(cannot, { cause: error }));
    }
  }
}

const openOrRenew = (directory: string): Opened => {
  try {
    return openDatabases(directory, false);
  } catch (error) {
    const isDamaged = error instanceof LogFailure && error.code === 'damaged';
    if (!isDamaged) throw error;
    discard(directory);
    return openDatabases(directory, false);
  }
};

const openForReading = (directory: string): Opened => {
  try {
    return openDatabases(directory, true);
  } catch (error) {
    throw new SnapshotDamaged(`The snapshot in ${directory} cannot be read.`, { cause: error });
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
