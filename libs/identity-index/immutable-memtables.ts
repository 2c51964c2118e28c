import type { RunManifest, RunStore } from './run-store.js';
import type { RunWriter } from './run-writer.js';
import type { Memtable } from './memtable.js';

/** Who waits for a table to be on disk, and whether the write under way began after that. */
interface Caller {
  isTried: boolean;
  readonly resolve: (manifest: RunManifest) => void;
  readonly reject: (error: unknown) => void;
}

interface RetiredTable {
  readonly table: Memtable;
  callers: readonly Caller[];
}

interface RetiredTablesOptions {
  readonly store: RunStore;
  readonly writer: RunWriter;
  /** Told of each table whose places are in a run now. */
  readonly onWritten: (table: Memtable) => void;
  readonly report: (error: unknown) => void;
}

/**
 * Memtable: full tables on their way to disk. They are written one after another in their order: when one is there, the
 * runs hold exactly what was added before it was retired, so its manifest is made at that moment.
 */
export class ImmutableMemtables {
  readonly #options: RetiredTablesOptions;
  #retired: RetiredTable[] = [];
  #written = Promise.resolve();
  #isWriting = false;

  constructor(options: RetiredTablesOptions) {
    this.#options = options;
  }

  /** From the oldest to the youngest. */
  get tables(): readonly Memtable[] {
    return this.#retired.map(({ table }) => table);
  }

  add(table: Memtable): void {
    this.#retired.push({ table, callers: [] });
  }

  /** Begins to write, unless that is under way. What cannot be written stays, for the next call. */
  write(): void {
    if (!this.#isWriting) this.#written = this.#writeAll();
  }

  /** Resolves when nothing is being written. */
  settled(): Promise<void> {
    return this.#written;
  }

  /**
   * The manifest of all that was added. Rejects when a write fails that began after this call: an earlier one says
   * nothing about the disk of now.
   */
  sealed(): Promise<RunManifest> {
    const last = this.#retired.at(-1);
    if (last === undefined) return Promise.resolve(this.#options.store.manifest());
    const sealed = new Promise<RunManifest>((resolve, reject) => {
      last.callers = [...last.callers, { isTried: false, resolve, reject }];
    });
    this.write();
    return sealed;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let oldest = this.#retired.at(0); oldest !== undefined; oldest = this.#retired.at(0)) {
        for (const { callers } of this.#retired) for (const caller of callers) caller.isTried = true;
        try {
          await this.#write(oldest);
        } catch (error) {
          this.#options.report(error);
          if (!this.#isWantedAfter(error)) break;
        }
      }
    } finally {
      this.#isWriting = false;
    }
  }

  async #write(oldest: RetiredTable): Promise<void> {
    const { store, writer, onWritten } = this.#options;
    const { entries, places, keys } = oldest.table;
    const path = store.newPath();
    store.take(path, await writer.write({ path, entries, places, keys }), []);
    this.#retired.shift();
    for (const { resolve } of oldest.callers) resolve(store.manifest());
    onWritten(oldest.table);
  }

  /** Rejects whoever waited when the write began that failed; whether anybody has come since. */
  #isWantedAfter(error: unknown): boolean {
    for (const retired of this.#retired) {
      for (const { isTried, reject } of retired.callers) if (isTried) reject(error);
      retired.callers = retired.callers.filter(({ isTried }) => !isTried);
    }
    return this.#retired.some(({ callers }) => callers.length > 0);
  }
}
