/** Where a grant stands among others, the latest first: by its time, then by its id. */
export interface GrantCursor {
  readonly atMs: number;
  readonly fanOutId: string;
}

/**
 * Grants in the order of their times, to be walked from the latest. Those that do not belong any more are passed over,
 * and taken out together when they are half of all: neither a page nor a drop costs more than what there is beside it.
 */
export class GrantOrder<T extends GrantCursor> {
  #grants: T[] = [];
  #gone = 0;

  /** @param belongs whether a grant that was added still does */
  constructor(private readonly belongs: (grant: T) => boolean) {}

  get isEmpty(): boolean {
    return this.#grants.length === 0;
  }

  /** A grant that is no earlier than any before it. */
  add(grant: T): void {
    this.#grants.push(grant);
  }

  /** One of them has ceased to belong. */
  drop(): void {
    this.#gone++;
    if (2 * this.#gone < this.#grants.length) return;
    this.#grants = this.#grants.filter((grant) => this.belongs(grant));
    this.#gone = 0;
  }

  /** From the latest grant on, or from behind a place, whether or not a grant is there. */
  *walk(after: GrantCursor | undefined): Generator<T, void> {
    for (let end = after === undefined ? this.#grants.length : this.#countUntil(after.atMs); end > 0;) {
      const { atMs } = this.#grants[end - 1];
      const grants: T[] = [];
      // Many are granted in one batch, and have one time.
      for (; end > 0 && this.#grants[end - 1].atMs === atMs; end--) grants.push(this.#grants[end - 1]);
      if (grants.length > 1) grants.sort((one, other) => (one.fanOutId < other.fanOutId ? -1 : 1));
      for (const grant of grants) {
        const isBehind = after === undefined || atMs < after.atMs || grant.fanOutId > after.fanOutId;
        if (isBehind && this.belongs(grant)) yield grant;
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
