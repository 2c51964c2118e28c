/** Undo log: takes back whatever was done since it began, the latest first. */
export class UndoLog {
  #undo: (() => void)[] | undefined;

  /** Runs, and takes back everything that was written to maps of this journal meanwhile. A try within a try is one. */
  speculate<T>(run: () => T): T {
    const outer = this.#undo;
    const undo: (() => void)[] = [];
    this.#undo = undo;
    try {
      return run();
    } finally {
      this.#undo = undefined;
      for (const step of undo.reverse()) step();
      this.#undo = outer;
    }
  }

  get isTrying(): boolean {
    return this.#undo !== undefined;
  }

  note(step: () => void): void {
    this.#undo?.push(step);
  }
}

/** Transactional map: a map that can be tried out: its values are replaced, never changed. */
export class TransactionalMap<K, V> {
  readonly #map = new Map<K, V>();

  constructor(private readonly journal: UndoLog) {}

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  values(): IterableIterator<V> {
    return this.#map.values();
  }

  entries(): IterableIterator<[K, V]> {
    return this.#map.entries();
  }

  set(key: K, value: V): void {
    if (this.journal.isTrying) {
      const before = this.#map.get(key);
      this.journal.note(() => (before === undefined ? this.#map.delete(key) : this.#map.set(key, before)));
    }
    this.#map.set(key, value);
  }

  delete(key: K): void {
    const before = this.#map.get(key);
    if (before === undefined) return;
    this.journal.note(() => this.#map.set(key, before));
    this.#map.delete(key);
  }

  clear(): void {
    this.#map.clear();
  }
}
