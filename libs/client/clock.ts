/** The time a client lives in. It is given, so that a test can run hours in a moment. */
export interface ClientClock {
  /** Milliseconds since some moment; it never goes back, whatever happens to the wall clock. */
  monotonicMs(): number;
  /**
   * Waits.
   *
   * @param ms milliseconds
   * @param signal ends the waiting early; the promise resolves then, too
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A timer of the machine cannot wait longer than this; who sleeps looks at the time again anyway. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own time. */
export const machineClock: ClientClock = {
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(ms, longestTimerMs));
      signal?.addEventListener('abort', end);
    }),
};
