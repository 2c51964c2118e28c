import { type Lease, scopesOf } from './lease.js';
import { type Journal, UndoableMap } from './undoable-map.js';

/** Live slots and money set aside, per scope. */
export class ScopeUse {
  readonly #slots;
  readonly #held;

  constructor(journal: Journal) {
    this.#slots = new UndoableMap<string, number>(journal);
    this.#held = new UndoableMap<string, number>(journal);
  }

  slots = (scope: string): number => this.#slots.get(scope) ?? 0;

  /** Micros. */
  held = (scope: string): number => this.#held.get(scope) ?? 0;

  take({ granted }: Lease, slots: number): void {
    for (const scope of Object.values(scopesOf(granted))) add(this.#slots, scope, slots);
  }

  /** A slot that is lent counts once in the scopes that both are in. */
  takeShared(borrower: Lease, lender: Lease, slots: number): void {
    const ofLender: readonly string[] = Object.values(scopesOf(lender.granted));
    for (const scope of Object.values(scopesOf(borrower.granted))) {
      if (ofLender.includes(scope)) add(this.#slots, scope, slots);
    }
  }

  hold({ granted }: Lease, micros: number): void {
    if (micros === 0) return;
    const { organisation, group } = scopesOf(granted);
    add(this.#held, organisation, micros);
    add(this.#held, group, micros);
  }
}

const add = (sums: UndoableMap<string, number>, scope: string, more: number): void => {
  const sum = (sums.get(scope) ?? 0) + more;
  if (sum === 0) sums.delete(scope);
  else sums.set(scope, sum);
};
