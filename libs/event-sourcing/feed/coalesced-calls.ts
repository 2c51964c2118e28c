import { setImmediate as nextTurn } from 'node:timers/promises';

/** Request coalescing: one round after the other, each for all who asked before it began. */
export class CoalescedCalls {
  private running = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(private readonly begin: () => Promise<void>) {}

  /** A round that begins at the call or later. */
  join(): Promise<void> {
    this.next ??= this.after(this.running);
    return this.next;
  }

  private async after(running: Promise<void>): Promise<void> {
    // What became of it is told to those who wait for it.
    await running.catch(() => undefined);
    // Those who ask in the same turn share a round: the first would otherwise go alone and all others wait for it.
    await nextTurn();
    this.next = undefined;
    this.running = this.begin();
    await this.running;
  }
}
