import { ExpiryQueue } from './expiry-queue.js';
import { type Lease, scopesOf } from './lease.js';
import type { UndoLog } from './transactional-map.js';

/** Priority queue: when the leases of every scope end by themselves. */
export class ScopeExpiries {
  readonly #scopes = new Map<string, ExpiryQueue>();

  /** @param isCurrent whether the lease is live and ends then */
  constructor(
    private readonly journal: UndoLog,
    private readonly isCurrent: (fanOutId: string, atMs: number) => boolean,
  ) {}

  /** Milliseconds since 1970. */
  nextMs = (scope: string): number | undefined => this.#scopes.get(scope)?.nextMs();

  due = (nowMs: number): readonly string[] => this.#scopes.get('organisation')?.due(nowMs) ?? [];

  note({ granted, expiresAtMs }: Lease): void {
    for (const scope of Object.values(scopesOf(granted))) {
      const expiries = this.#scopes.get(scope) ?? new ExpiryQueue(this.journal, this.isCurrent);
      this.#scopes.set(scope, expiries);
      expiries.push(granted.fanOutId, expiresAtMs);
    }
  }

  /** Nothing is live in the scope. */
  forget(scope: string): void {
    this.#scopes.delete(scope);
  }
}
