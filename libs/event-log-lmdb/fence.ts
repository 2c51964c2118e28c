import type { Database, RootDatabase } from 'lmdb';

const key = 'owner';

/**
 * Fencing token: a second look at who owns the environment, in the same transaction as every commit: an owner that was
 * held for dead, on a system that cannot say better, then stores nothing more.
 */
export class Fence {
  private constructor(
    private readonly tokens: Database<number, string>,
    private readonly token: number,
  ) {}

  static raise(environment: RootDatabase, token: number): Fence {
    const tokens = environment.openDB<number, string>({ name: 'owner', encoding: 'json', useVersions: true });
    tokens.transactionSync(() => void tokens.put(key, token, token));
    return new Fence(tokens, token);
  }

  /**
   * Commits what `write` puts. Resolves when it is on disk; false means that another process has taken the environment
   * over, and that nothing was written.
   */
  commit(write: () => void): Promise<boolean> {
    return this.tokens.ifVersion(key, this.token, write);
  }
}
