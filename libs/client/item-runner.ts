/** What became of one item. */
export type ItemOutcome<R> =
  | { readonly status: 'done'; readonly result: R }
  /** Its worker threw. */
  | { readonly status: 'failed'; readonly error: unknown }
  /** Its worker was told to stop, and threw. */
  | { readonly status: 'interrupted'; readonly error: unknown }
  | { readonly status: 'notStarted' };

/**
 * Runs items in their order, each once, never more at once than are allowed at the moment one starts. One that fails
 * does not stop the others.
 */
export class ItemRunner<R> {
  private readonly settled: ItemOutcome<R>[];
  private readonly stopping = new AbortController();
  private next = 0;
  private running = 0;
  private ended = 0;
  private finish: () => void = () => undefined;
  private readonly finished = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  /**
   * @param work one item; `signal` tells it to stop
   * @param allowed how many may run at once now
   */
  constructor(
    private readonly count: number,
    private readonly work: (index: number, signal: AbortSignal) => Promise<R>,
    private readonly allowed: () => number,
  ) {
    this.settled = Array.from({ length: count }, () => ({ status: 'notStarted' }));
  }

  /** Items that have not ended. */
  remaining(): number {
    return this.count - this.ended;
  }

  /** Starts what may start now. Called again whenever more may be allowed. */
  fill(): void {
    const { signal } = this.stopping;
    while (!signal.aborted && this.next < this.count && this.running < this.allowed()) {
      this.running++;
      void this.run(this.next++);
    }
    if (this.running === 0 && (signal.aborted || this.next === this.count)) this.finish();
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

  private async run(index: number): Promise<void> {
    const { signal } = this.stopping;
    try {
      this.settled[index] = { status: 'done', result: await this.work(index, signal) };
    } catch (error) {
      this.settled[index] = { status: signal.aborted ? 'interrupted' : 'failed', error };
    }
    this.running--;
    this.ended++;
    this.fill();
  }
}
