/** When leases of one scope end by themselves, the first one on top: a binary heap that forgets what has changed lazily. */
export class Expiries {
  readonly #ids: string[] = [];
  readonly #times: number[] = [];

  push(fanOutId: string, atMs: number): void {
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

  /** @param isCurrent whether the lease is live and ends then; others are dropped on the way */
  nextMs(isCurrent: (fanOutId: string, atMs: number) => boolean): number | undefined {
    while (this.#ids.length > 0 && !isCurrent(this.#ids[0], this.#times[0])) this.#pop();
    return this.#times.at(0);
  }

  /** Every lease that has ended by now, in the order of their ends. */
  due(nowMs: number, isCurrent: (fanOutId: string, atMs: number) => boolean): readonly string[] {
    const due: [string, number][] = [];
    for (let atMs = this.nextMs(isCurrent); atMs !== undefined && atMs <= nowMs; atMs = this.nextMs(isCurrent)) {
      due.push([this.#ids[0], atMs]);
      this.#pop();
    }
    // They stay until it is durable that they have ended.
    for (const [fanOutId, atMs] of due) this.push(fanOutId, atMs);
    return due.map(([fanOutId]) => fanOutId);
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
