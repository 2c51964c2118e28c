import { LocationIndex, LocationIndexDamaged, type LogLocation } from '#event-sourcing/ports/location-index.js';
import { mayHold } from './bloom-filter.js';
import { comparePlaces, inLogOrder } from './entry.js';
import { ImmutableMemtables } from './immutable-memtables.js';
import { RunMerger } from './run-merger.js';
import { RunStore, type RunManifest } from './run-store.js';
import { RunWriter } from './run-writer.js';
import { Memtable } from './memtable.js';

export interface DiskPlaceIndexOptions {
  /** The index alone keeps files here. */
  readonly directory: string;
  /** What `seal` resolved to; undefined begins an empty index. */
  readonly manifest: unknown;
  /** Beside a running service: writes and deletes nothing, keeps what is added in memory, and cannot seal. */
  readonly readOnly?: boolean;
  /**
   * Told of each failure to write or merge runs that is no damage. What could not be written stays in memory and is
   * tried again.
   */
  readonly report?: (error: unknown) => void;
  /** Places in memory before a run is made of them; a power of two, at most 2^20. */
  readonly youngPlaces?: number;
}

const defaultYoungPlaces = 2 ** 18;
/** Full tables a replay may leave behind before it has to wait for the disk. */
const tablesInReserve = 4;

/**
 * Log-structured merge tree: locations on disk, found with 2 bytes of memory each.
 *
 * New places go into a table in memory. A full table is written as a sorted run by a thread of its own, while a new
 * table takes over: adding never waits. Runs of like size are merged, so there are few. A question goes to every run
 * (nearly always its filter says no), to tables on their way to disk, and to the young table.
 *
 * The log is the truth: a crash goes back to the last manifest that was saved, and what came after it is added again.
 */
export class DiskLocationIndex extends LocationIndex {
  readonly #store: RunStore;
  readonly #writer = new RunWriter();
  readonly #retired: ImmutableMemtables;
  readonly #youngPlaces: number;
  readonly #readOnly: boolean;
  #young: Memtable;
  #spare: Memtable | undefined;
  /** Retired tables, then the young one. */
  #tables: readonly Memtable[] = [];
  #isClosed = false;

  private constructor(store: RunStore, options: Required<Omit<DiskPlaceIndexOptions, 'directory' | 'manifest'>>) {
    super();
    this.#store = store;
    this.#youngPlaces = options.youngPlaces;
    this.#readOnly = options.readOnly;
    const report = (error: unknown): void => {
      if (!(this.noticed(error) instanceof LocationIndexDamaged)) options.report(error);
    };
    const merger = new RunMerger(store, this.#writer, report);
    const onWritten = (table: Memtable): void => {
      this.#reuse(table);
      merger.wake();
    };
    this.#retired = new ImmutableMemtables({ store, writer: this.#writer, onWritten, report });
    this.#young = new Memtable(options.youngPlaces);
    this.#listTables();
  }

  /**
   * Opens what a manifest names, and deletes all other runs of the directory. Headers, filters and lengths are checked
   * here, blocks of entries when they are read: both throw `LocationIndexDamaged`. So does a run that is missing: when only
   * reading, the service may have merged it away since, and a newer manifest will do.
   */
  static async open({
    directory,
    manifest,
    readOnly = false,
    report = () => undefined,
    youngPlaces = defaultYoungPlaces,
  }: DiskPlaceIndexOptions): Promise<DiskLocationIndex> {
    const store = await RunStore.open(directory, manifest, { readOnly, report });
    return new DiskLocationIndex(store, { readOnly, report, youngPlaces });
  }

  first(words: Uint32Array, at: number): LogLocation | undefined {
    try {
      return this.#first(words, at);
    } catch (error) {
      throw this.noticed(error);
    }
  }

  all(words: Uint32Array, at: number): readonly LogLocation[] {
    try {
      return this.#all(words, at);
    } catch (error) {
      throw this.noticed(error);
    }
  }

  #first(words: Uint32Array, at: number): LogLocation | undefined {
    let earliest: LogLocation | undefined;
    for (const run of this.#store.runs) {
      // The filter is asked right here: nearly every question ends with it, and most are about keys that are new.
      if (!mayHold(run.filter, words, at)) continue;
      if (earliest !== undefined && earliest.position < run.earliest) continue;
      earliest = earlier(earliest, run.first(words, at));
    }
    for (const table of this.#tables) earliest = earlier(earliest, table.first(words, at));
    return earliest;
  }

  #all(words: Uint32Array, at: number): readonly LogLocation[] {
    const places: LogLocation[] = [];
    for (const run of this.#store.runs) if (mayHold(run.filter, words, at)) run.collect(words, at, places);
    for (const table of this.#tables) table.collect(words, at, places);
    return inLogOrder(places);
  }

  add(words: Uint32Array, at: number, place: LogLocation): void {
    if (this.#young.isFull && !this.#readOnly) {
      this.#retire();
      this.#retired.write();
    }
    this.#young.add(words, at, place);
  }

  /** Rejects when the places cannot be written; they stay in memory, and the next call tries again. */
  async checkpoint(): Promise<RunManifest> {
    if (this.#readOnly || this.#isClosed) throw new Error('a place index that is closed or only read cannot be sealed');
    if (this.#young.places > 0) this.#retire();
    return this.#retired.sealed();
  }

  /** For a replay, which can add faster than a disk writes: resolves once few full tables are left in memory. */
  async drain(): Promise<void> {
    if (this.#retired.tables.length > tablesInReserve) await this.#retired.settled();
  }

  size(): { readonly places: number; readonly memoryBytes: number } {
    const holders = [...this.#store.runs, ...this.#tables];
    return {
      places: sum(holders.map(({ places }) => places)),
      memoryBytes: (this.#spare?.memoryBytes ?? 0) + sum(holders.map(({ memoryBytes }) => memoryBytes)),
    };
  }

  /** Waits for calls of `seal` that are under way; what was not sealed is forgotten. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#retired.settled();
    await this.#writer.stop();
    this.#tables = [];
    await this.#store.close();
  }

  #listTables(): void {
    this.#tables = [...this.#retired.tables, this.#young];
  }

  #retire(): void {
    this.#retired.add(this.#young);
    this.#young = this.#spare ?? new Memtable(this.#youngPlaces);
    this.#spare = undefined;
    this.#listTables();
  }

  #reuse(table: Memtable): void {
    table.clear();
    this.#spare = table;
    this.#listTables();
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const earlier = (a: LogLocation | undefined, b: LogLocation | undefined): LogLocation | undefined => {
  if (a === undefined || b === undefined) return a ?? b;
  return comparePlaces(a, b) <= 0 ? a : b;
};
