/** One round after the other, each for all who asked before it began. */
export class Rounds {
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  /** @param begin undefined if there is nothing to wait for */
  constructor(private readonly begin: () => Promise<void> | undefined) {}

  /** A round that begins at the call or later; undefined if there is nothing to wait for. */
  join(): Promise<void> | undefined {
    if (this.running === undefined) return this.run();
    this.next ??= this.after(this.running);
    return this.next;
  }

  private async after(running: Promise<void>): Promise<void> {
    // What became of it is told to those who wait for it.
    await running.catch(() => undefined);
    this.next = undefined;
    await this.run();
  }

  private run(): Promise<void> | undefined {
    const round = this.begin()?.finally(() => {
      if (this.running === round) this.running = undefined;
    });
    this.running = round;
    return round;
  }
}
