/** Why something was given up. */
class TookTooLong extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${String(timeoutMs)} ms`);
    this.name = 'TookTooLong';
  }
}

/**
 * What was begun, or a rejection once the time is over, whether or not it ever settles. `over` ends what is then of no
 * interest any more.
 */
export const withTimeout = async <T>(timeoutMs: number, begun: Promise<T>, over?: () => void): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TookTooLong(timeoutMs));
      over?.();
    }, timeoutMs);
  });
  try {
    return await Promise.race([begun, timeUp]);
  } finally {
    clearTimeout(timer);
  }
};
