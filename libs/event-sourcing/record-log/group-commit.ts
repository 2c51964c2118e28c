interface Batch<T> {
  readonly items: T[];
  readonly written: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const emptyBatch = <T>(): Batch<T> => {
  let settle: Pick<Batch<T>, 'resolve' | 'reject'> | undefined;
  const written = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  // Who added something awaits it; that nobody else does is no unhandled rejection.
  written.catch(() => undefined);
  return { items: [], written, resolve: () => settle?.resolve(), reject: (error) => settle?.reject(error) };
};

/** Who was waiting for a write and has something new to write at once comes into the next one, not the one after. */
const afterMicrotasks = (): Promise<void> =>
  new Promise((resolve) => {
    process.nextTick(resolve);
  });

/**
 * Group commit: one write at a time; whatever arrives meanwhile goes into the next one, so that a flush is shared by
 * all who wait. One promise per batch, however many items it holds.
 */
export class GroupCommit<T> {
  private waiting: Batch<T> | undefined;
  private writing: Batch<T> | undefined;
  private running = false;

  constructor(private readonly write: (items: readonly T[]) => Promise<void>) {}

  /** Adds an item to the next write. */
  add(item: T): void {
    this.waiting ??= emptyBatch<T>();
    this.waiting.items.push(item);
    if (this.running) return;
    this.running = true;
    // What the same turn still adds belongs to the first batch.
    queueMicrotask(() => void this.writeAll());
  }

  /** What has been added and is not being written yet. */
  get upcoming(): readonly T[] {
    return this.waiting?.items ?? [];
  }

  /** Resolves when everything that was added so far is written; rejects if the last of it could not be. */
  idle(): Promise<void> {
    return (this.waiting ?? this.writing)?.written ?? Promise.resolve();
  }

  private async writeAll(): Promise<void> {
    while (this.waiting !== undefined) {
      const batch = this.waiting;
      this.waiting = undefined;
      this.writing = batch;
      try {
        await this.write(batch.items);
        batch.resolve();
      } catch (error) {
        batch.reject(error);
      }
      await afterMicrotasks();
    }
    this.writing = undefined;
    this.running = false;
  }
}
