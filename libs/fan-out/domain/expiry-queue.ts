import type { UndoLog } from './transactional-map.js';

/**
 * Memory is bounded: each push looks at so many entries, one after another round and round, and drops those that have
 * changed. No step takes longer because there are many leases.
 */
const looksPerPush = 2;

/**
 * Priority queue: when leases of one scope end by themselves, the first one on top: a binary heap that forgets what has
 * changed lazily.
 */
export class ExpiryQueue {
  readonly #ids: string[] = [];
  readonly #times: number[] = [];
  #lookedAt = 0;

  /** @param isCurrent whether the lease is live and ends then; others are dropped on the way */
  constructor(
    private readonly journal: UndoLog,
    private readonly isCurrent: (fanOutId: string, atMs: number) => boolean,
  ) {}

  get size(): number {
    return this.#ids.length;
  }

  push(fanOutId: string, atMs: number): void {
    // What has changed in a try may change back.
    if (!this.journal.isTrying) this.#dropChanged();
    this.#insert(fanOutId, atMs);
  }

  nextMs(): number | undefined {
    while (this.#ids.length > 0 && !this.#holds(0)) {
      const [fanOutId, atMs] = [this.#ids[0], this.#times[0]];
      // While a try is taken back, what is older than this step has not changed back yet: nothing may be dropped.
      this.journal.note(() => {
        this.#insert(fanOutId, atMs);
      });
      this.#remove(0);
    }
    return this.#times.at(0);
  }

  /** Every lease that has ended by now, in the order of their ends. */
  due(nowMs: number): readonly string[] {
    const due = new Map<string, number>();
    for (let atMs = this.nextMs(); atMs !== undefined && atMs <= nowMs; atMs = this.nextMs()) {
      due.set(this.#ids[0], atMs);
      this.#remove(0);
    }
    // They stay until it is durable that they have ended.
    for (const [fanOutId, atMs] of due) this.#insert(fanOutId, atMs);
    return [...due.keys()];
  }

  #holds(place: number): boolean {
    return this.isCurrent(this.#ids[place], this.#times[place]);
  }

  #dropChanged(): void {
    for (let look = 0; look < looksPerPush && this.#ids.length > 0; look++) {
      if (this.#lookedAt >= this.#ids.length) this.#lookedAt = 0;
      if (this.#holds(this.#lookedAt)) this.#lookedAt++;
      else this.#remove(this.#lookedAt);
    }
  }

  #insert(fanOutId: string, atMs: number): void {
    this.#rise(this.#ids.length, fanOutId, atMs);
  }

  /** The last entry takes the place of the one that goes, and then the place that is its own. */
  #remove(place: number): void {
    const last = this.#ids.length - 1;
    const [fanOutId, atMs] = [this.#ids[last], this.#times[last]];
    this.#ids.length = last;
    this.#times.length = last;
    if (place === last) return;
    let hole = place;
    for (let child = 2 * hole + 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && this.#times[child + 1] < this.#times[child]) child++;
      if (this.#times[child] >= atMs) break;
      this.#put(hole, child);
      hole = child;
    }
    this.#rise(hole, fanOutId, atMs);
  }

  /** Puts an entry at a place that is free, or above it. */
  #rise(from: number, fanOutId: string, atMs: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#times[parent] <= atMs) break;
      this.#put(place, parent);
      place = parent;
    }
    this.#ids[place] = fanOutId;
    this.#times[place] = atMs;
  }

  #put(to: number, from: number): void {
    this.#ids[to] = this.#ids[from];
    this.#times[to] = this.#times[from];
  }
}
