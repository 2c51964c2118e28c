/** Where a grant stands among others, the latest first: by its time, then by its id. */
export interface GrantPlace {
  readonly atMs: number;
  readonly fanOutId: string;
}

/**
 * Grants in the order of their times, to be walked from the latest. Those that do not belong any more are passed over,
 * and taken out together when they are half of all: neither a page nor a drop costs more than what there is beside it.
 */
export class GrantOrder {
  #grants: GrantPlace[] = [];
  #gone = 0;

  /** @param belongs whether a grant that was added still does */
  constructor(private readonly belongs: (fanOutId: string) => boolean) {}

  get isEmpty(): boolean {
    return this.#grants.length === 0;
  }

  /** A grant that is no earlier than any before it. */
  add(grant: GrantPlace): void {
    this.#grants.push(grant);
  }

  /** One of them has ceased to belong. */
  drop(): void {
    this.#gone++;
    if (2 * this.#gone < this.#grants.length) return;
    this.#grants = this.#grants.filter(({ fanOutId }) => this.belongs(fanOutId));
    this.#gone = 0;
  }

  /** Ids from the latest grant on, or from behind a place, whether or not a grant is there. */
  *walk(after: GrantPlace | undefined): Generator<string, void> {
    for (let end = after === undefined ? this.#grants.length : this.#countUntil(after.atMs); end > 0;) {
      const { atMs } = this.#grants[end - 1];
      const ids: string[] = [];
      // Many are granted in one batch, and have one time.
      for (; end > 0 && this.#grants[end - 1].atMs === atMs; end--) ids.push(this.#grants[end - 1].fanOutId);
      for (const fanOutId of ids.sort()) {
        const isBehind = after === undefined || atMs < after.atMs || fanOutId > after.fanOutId;
        if (isBehind && this.belongs(fanOutId)) yield fanOutId;
      }
    }
  }

  /** How many were granted until then. */
  #countUntil(atMs: number): number {
    let [low, high] = [0, this.#grants.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#grants[middle].atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
