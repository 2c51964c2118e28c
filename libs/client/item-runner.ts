/** What became of one item. */
export type ItemOutcome<R> =
  | { readonly status: 'done'; readonly result: R }
  /** Its worker threw. */
  | { readonly status: 'failed'; readonly error: unknown }
  /** Its worker was told to stop, and threw. */
  | { readonly status: 'interrupted'; readonly error: unknown }
  | { readonly status: 'notStarted' };

/** What is to be done for one item; the signal tells it to stop. */
export type ItemWork<R> = (signal: AbortSignal) => Promise<R>;

/**
 * Runs items in their order, each once, never more at once than are allowed at the moment one starts. One that fails
 * does not stop the others.
 */
export class ItemRunner<R> {
  private readonly items: readonly ItemWork<R>[];
  private readonly allowed: () => number;
  private readonly settled: ItemOutcome<R>[];
  private readonly stopping = new AbortController();
  private next = 0;
  private running = 0;
  private ended = 0;
  private finish: () => void = () => undefined;
  private readonly finished = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  /** @param allowed how many may run at once now */
  constructor(items: readonly ItemWork<R>[], allowed: () => number) {
    this.items = items;
    this.allowed = allowed;
    this.settled = items.map(() => ({ status: 'notStarted' }));
  }

  /** Items that have not ended. */
  remaining(): number {
    return this.items.length - this.ended;
  }

  /** Starts what may start now. Called again whenever more may be allowed. */
  fill(): void {
    const { signal } = this.stopping;
    while (!signal.aborted && this.running < this.allowed()) {
      const work = this.items.at(this.next);
      if (work === undefined) break;
      this.running++;
      void this.run(this.next++, work);
    }
    if (this.running === 0 && (signal.aborted || this.next === this.items.length)) this.finish();
  }

  /** Starts nothing any more, and tells what runs to stop. */
  stop(reason: unknown): void {
    this.stopping.abort(reason);
    this.fill();
  }

  /** Resolves when everything that has started has ended. Never rejects. */
  async outcomes(): Promise<readonly ItemOutcome<R>[]> {
    await this.finished;
    return this.settled;
  }

  private async run(index: number, work: ItemWork<R>): Promise<void> {
    const { signal } = this.stopping;
    try {
      this.settled[index] = { status: 'done', result: await work(signal) };
    } catch (error) {
      this.settled[index] = { status: signal.aborted ? 'interrupted' : 'failed', error };
    }
    this.running--;
    this.ended++;
    this.fill();
  }
}
