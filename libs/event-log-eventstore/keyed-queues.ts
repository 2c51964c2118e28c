/**
 * Keyed queues: work in lanes: side by side across lanes; in order within a lane, one group of neighbours at a time.
 */
export class KeyedQueues<T> {
  private readonly queues = new Map<string, T[]>();
  private idle: (() => void)[] = [];

  /**
   * @param groupOf how many items from the front of a queue to do at once, at least one
   * @param run does them; must not reject
   */
  constructor(
    private readonly groupOf: (queue: readonly T[]) => number,
    private readonly run: (group: readonly T[]) => Promise<void>,
  ) {}

  add(lane: string, item: T): void {
    const queue = this.queues.get(lane);
    if (queue !== undefined) {
      queue.push(item);
      return;
    }
    const first = [item];
    this.queues.set(lane, first);
    // What the same turn still adds may belong to the same group.
    queueMicrotask(() => void this.runAll(lane, first));
  }

  /** Resolves when nothing is left to do. */
  drained(): Promise<void> {
    if (this.queues.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private async runAll(lane: string, queue: T[]): Promise<void> {
    while (queue.length > 0) await this.run(queue.splice(0, this.groupOf(queue)));
    this.queues.delete(lane);
    if (this.queues.size > 0) return;
    for (const resolve of this.idle) resolve();
    this.idle = [];
  }
}
