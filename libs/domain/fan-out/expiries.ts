import type { Journal } from './undoable-map.js';

/** Memory is bounded: with more entries, those that have changed are dropped wherever they are. */
const leastCompacted = 64;

/** When leases of one scope end by themselves, the first one on top: a binary heap that forgets what has changed lazily. */
export class Expiries {
  readonly #ids: string[] = [];
  readonly #times: number[] = [];
  #compactAt = leastCompacted;

  /** @param isCurrent whether the lease is live and ends then; others are dropped on the way */
  constructor(
    private readonly journal: Journal,
    private readonly isCurrent: (fanOutId: string, atMs: number) => boolean,
  ) {}

  get size(): number {
    return this.#ids.length;
  }

  push(fanOutId: string, atMs: number): void {
    // What has changed in a try may change back.
    if (this.#ids.length >= this.#compactAt && !this.journal.isTrying) this.#compact();
    let place = this.#ids.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#times[parent] <= atMs) break;
      this.#put(place, parent);
      place = parent;
    }
    this.#ids[place] = fanOutId;
    this.#times[place] = atMs;
  }

  nextMs(): number | undefined {
    while (this.#ids.length > 0 && !this.isCurrent(this.#ids[0], this.#times[0])) {
      const [fanOutId, atMs] = [this.#ids[0], this.#times[0]];
      this.journal.note(() => {
        this.push(fanOutId, atMs);
      });
      this.#pop();
    }
    return this.#times.at(0);
  }

  /** Every lease that has ended by now, in the order of their ends. */
  due(nowMs: number): readonly string[] {
    const due = new Map<string, number>();
    for (let atMs = this.nextMs(); atMs !== undefined && atMs <= nowMs; atMs = this.nextMs()) {
      due.set(this.#ids[0], atMs);
      this.#pop();
    }
    // They stay until it is durable that they have ended.
    for (const [fanOutId, atMs] of due) this.push(fanOutId, atMs);
    return [...due.keys()];
  }

  #compact(): void {
    const current = new Map<string, number>();
    for (const [place, fanOutId] of this.#ids.entries()) {
      if (this.isCurrent(fanOutId, this.#times[place])) current.set(fanOutId, this.#times[place]);
    }
    // In order of time, which every heap may be.
    const entries = [...current].sort(([, one], [, other]) => one - other);
    this.#ids.length = entries.length;
    this.#times.length = entries.length;
    for (const [place, [fanOutId, atMs]] of entries.entries()) {
      this.#ids[place] = fanOutId;
      this.#times[place] = atMs;
    }
    this.#compactAt = Math.max(leastCompacted, 2 * entries.length);
  }

  #put(to: number, from: number): void {
    this.#ids[to] = this.#ids[from];
    this.#times[to] = this.#times[from];
  }

  #pop(): void {
    const last = this.#ids.length - 1;
    const [id, time] = [this.#ids[last], this.#times[last]];
    this.#ids.length = last;
    this.#times.length = last;
    if (last === 0) return;
    let place = 0;
    for (let child = 1; child < last; child = 2 * place + 1) {
      if (child + 1 < last && this.#times[child + 1] < this.#times[child]) child++;
      if (this.#times[child] >= time) break;
      this.#put(place, child);
      place = child;
    }
    this.#ids[place] = id;
    this.#times[place] = time;
  }
}
