import type { Lease } from './lease.js';
import type { ScopeUse } from './scope-use.js';
import type { TransactionalMap } from './transactional-map.js';

/** Slots that live leases run on although they are another's: in the scopes both are in, such a slot counts once. */
export class Loans {
  constructor(
    private readonly leases: TransactionalMap<string, Lease>,
    private readonly use: ScopeUse,
  ) {}

  lend(lenderId: string, borrowerId: string): void {
    const [lender, borrower] = [this.leases.get(lenderId), this.leases.get(borrowerId)];
    if (lender === undefined || borrower === undefined) return;
    this.leases.set(lenderId, { ...lender, borrowers: [...lender.borrowers, borrowerId] });
    this.leases.set(borrowerId, { ...borrower, lender: lenderId });
    this.use.takeShared(borrower, lender, -1);
  }

  /**
   * A lease ends: who runs on a slot of it keeps that as their own. If those are all it has, one of them is its lender's
   * and stays so, or there would be a slot more than before.
   */
  end({ granted: { fanOutId }, slots, lender, borrowers }: Lease): void {
    for (const id of [fanOutId, ...borrowers]) this.takeBack(id);
    if (lender !== null && borrowers.length === slots) this.lend(lender, borrowers[0]);
  }

  /** Counts what a snapshot says of a lease. */
  count(borrower: Lease): void {
    const lender = this.leases.get(borrower.lender ?? '');
    if (lender !== undefined) this.use.takeShared(borrower, lender, -1);
  }

  private takeBack(borrowerId: string): void {
    const borrower = this.leases.get(borrowerId);
    const lender = this.leases.get(borrower?.lender ?? '');
    if (borrower === undefined || lender === undefined) return;
    const { fanOutId } = lender.granted;
    this.leases.set(fanOutId, { ...lender, borrowers: lender.borrowers.filter((id) => id !== borrowerId) });
    this.leases.set(borrowerId, { ...borrower, lender: null });
    this.use.takeShared(borrower, lender, 1);
  }
}
