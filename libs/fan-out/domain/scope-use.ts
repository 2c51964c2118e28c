import { addMicros, type Micros } from '#kernel/money.js';
import { type Lease, scopesOf } from './lease.js';
import { type UndoLog, TransactionalMap } from './transactional-map.js';

/** Live slots and money set aside, per scope. */
export class ScopeUse {
  readonly #slots;
  readonly #held;

  constructor(journal: UndoLog) {
    this.#slots = new TransactionalMap<string, number>(journal);
    this.#held = new TransactionalMap<string, Micros>(journal);
  }

  slots = (scope: string): number => this.#slots.get(scope) ?? 0;

  /** Exact, whatever is held. */
  held = (scope: string): Micros => this.#held.get(scope) ?? 0;

  take({ granted }: Lease, slots: number): void {
    for (const scope of Object.values(scopesOf(granted))) put(this.#slots, scope, this.slots(scope) + slots);
  }

  /** A slot that is lent counts once in the scopes that both are in. */
  takeShared(borrower: Lease, lender: Lease, slots: number): void {
    const ofLender: readonly string[] = Object.values(scopesOf(lender.granted));
    for (const scope of Object.values(scopesOf(borrower.granted))) {
      if (ofLender.includes(scope)) put(this.#slots, scope, this.slots(scope) + slots);
    }
  }

  hold({ granted }: Lease, micros: number): void {
    if (micros === 0) return;
    const { organisation, group } = scopesOf(granted);
    for (const scope of [organisation, group]) put(this.#held, scope, addMicros(this.held(scope), micros));
  }
}

const put = <N extends Micros>(sums: TransactionalMap<string, N>, scope: string, sum: N): void => {
  if (sum === 0) sums.delete(scope);
  else sums.set(scope, sum);
};
