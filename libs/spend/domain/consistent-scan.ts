import { Page } from './page.js';
import type { PageAddress } from './page-address.js';

/**
 * Snapshot read: pages as they were when the reading began, to be worked off while the fold goes on. Before the fold
 * first writes to a page that is still wanted, it leaves the page to the reading and goes on with a copy.
 */
export class ConsistentScan {
  /** What is still wanted, and what the fold has left. */
  readonly #wanted: Map<PageAddress, Page | undefined>;
  readonly #current: (address: PageAddress) => Page | undefined;
  readonly #onEnd: (reading: ConsistentScan) => void;

  constructor(
    addresses: Iterable<PageAddress>,
    current: (address: PageAddress) => Page | undefined,
    onEnd: (reading: ConsistentScan) => void,
  ) {
    this.#wanted = new Map(Array.from(addresses, (address) => [address, undefined]));
    this.#current = current;
    this.#onEnd = onEnd;
  }

  /** Called by the fold before it writes. Answers whether the page is the reading's now, not to be written any more. */
  leave(address: PageAddress, page: Page): boolean {
    if (!this.#wanted.has(address) || this.#wanted.get(address) !== undefined) return false;
    this.#wanted.set(address, page);
    return true;
  }

  /** One page after the other; each is wanted until the next one is asked for. The end, or a `return`, frees the rest. */
  *pages(): Generator<readonly [PageAddress, Page], void> {
    try {
      for (const [address, left] of this.#wanted) {
        yield [address, left ?? this.#current(address) ?? new Page()];
        this.#wanted.delete(address);
      }
    } finally {
      this.#onEnd(this);
    }
  }

  end(): void {
    this.#onEnd(this);
  }
}
