/** More often than chance explains: whoever asks is better off a moment later. */
const triesOnConflict = 10;

/** Other writers were faster every time. Nothing was stored; the same may be asked again a moment later. */
export class Contended extends Error {
  constructor(stream: string) {
    super(`${stream}: another writer was faster ${String(triesOnConflict)} times`);
    this.name = 'Contended';
  }
}

/**
 * Decides and stores, and decides again when another writer was faster: a bounded number of times.
 *
 * @param attempt has to know what the other writer stored when it is called again; undefined says that it came too late
 * @throws Contended when every attempt came too late
 */
export const untilStored = async <T>(stream: string, attempt: () => Promise<T | undefined>): Promise<T> => {
  for (let tries = 0; tries < triesOnConflict; tries++) {
    const stored = await attempt();
    if (stored !== undefined) return stored;
  }
  throw new Contended(stream);
};
