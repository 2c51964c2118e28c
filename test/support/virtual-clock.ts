import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ClientClock } from '#client/clock.js';

interface Timer {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Time that passes only when nothing else is left to do. */
export class VirtualClock implements ClientClock {
  private nowMs = 0;
  private readonly timers = new Set<Timer>();

  monotonicMs(): number {
    return this.nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = (): void => {
        this.timers.delete(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = { atMs: this.nowMs + Math.max(0, ms), wake };
      this.timers.add(timer);
      signal?.addEventListener('abort', wake);
    });
  }

  /** Calls at a moment. */
  at(ms: number, call: () => void): void {
    this.timers.add({ atMs: ms, wake: call });
  }

  /** Lets time pass until the promise has settled; rejects when it never would. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const settled = promise.then(
      () => true,
      () => true,
    );
    for (;;) {
      // What can happen now happens first.
      if (await Promise.race([settled, nextTurn(false)])) return promise;
      const next = [...this.timers].reduce<Timer | undefined>(earlier, undefined);
      if (next === undefined) throw new Error(`at ${String(this.nowMs)} ms nothing is left that could happen`);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.timers.delete(next);
      next.wake();
    }
  }

  /** Timers that nobody has ended. */
  waiting(): number {
    return this.timers.size;
  }
}

const earlier = (first: Timer | undefined, timer: Timer): Timer =>
  first !== undefined && first.atMs <= timer.atMs ? first : timer;
