import { Injectable } from '@nestjs/common';
import type { Period } from '#kernel/days.js';
import type { Micros } from '#kernel/money.js';
import { materialisedViews } from '#spend/domain/spend.dimensions.js';
import { addressAt } from '#spend/domain/page-address.js';
import { SpendView } from '#spend/domain/spend.view.js';

const byUser = materialisedViews.indexOf('user');
const cellsPerPause = 2_000;
/** In a smaller group one user's share says nothing (docs/domain.md, The cap). */
const company = 3;
const unknown = -1;

/** What single users of a group have spent in a month. Groups and users are numbers of the spend view's names. */
@Injectable()
export class UserSpend {
  /** Users of groups of which not enough were met yet. */
  private readonly met = new Map<number, Set<number>>();
  private readonly companies = new Set<number>();
  private metIn: Period | undefined;

  constructor(private readonly spend: SpendView) {}

  spent(group: number, user: number, period: Period): Micros {
    const cells = this.cells(period);
    const slot = cells?.find(group, user) ?? -1;
    return cells === undefined || slot < 0 ? 0 : cells.spentAt(slot);
  }

  /** Remembers who has spent in the month: `isCompany` then costs nothing. */
  meet(group: number, user: number, period: Period): void {
    if (period !== this.metIn) {
      this.met.clear();
      this.companies.clear();
      this.metIn = period;
    }
    if (this.companies.has(group)) return;
    const users = (this.met.get(group) ?? new Set<number>()).add(user);
    this.met.set(group, users);
    if (users.size < company) return;
    this.companies.add(group);
    this.met.delete(group);
  }

  /** Whether 3 users or more of the group have spent this month, as far as they were met. */
  isCompany(group: number): boolean {
    return this.companies.has(group);
  }

  /**
   * Meets everybody, and answers who has at least the share of their group's month, in one pass over all groups. Yields
   * undefined now and then: a place to pause. Who moves meanwhile may be missed, and is looked at for having moved.
   *
   * @param shareOf the share of a group as a fraction, roughly: whoever asks looks again, exactly
   */
  *bigSpenders(
    period: Period,
    shareOf: (groupId: string) => number,
  ): Iterable<readonly [group: number, user: number] | undefined> {
    const { names, totals } = this.spend;
    const cells = this.cells(period);
    const bars = new Float64Array(names.size).fill(unknown);
    for (let slot = 0; cells !== undefined && slot < cells.capacity; slot++) {
      if (slot % cellsPerPause === 0) yield undefined;
      if (!cells.isTaken(slot)) continue;
      const group = cells.firstAt(slot);
      const user = cells.secondAt(slot);
      // A group that is new since the pass began has no place here: it is looked at for having moved.
      if (group >= bars.length) continue;
      if (bars[group] === unknown) {
        bars[group] = totals.roughlySpentInMonth(group, period) * shareOf(names.textOf(group));
      }
      this.meet(group, user, period);
      if (cells.roughlySpentAt(slot) >= bars[group]) yield [group, user];
    }
  }

  private cells(period: Period) {
    return this.spend.pages.read(addressAt(byUser, 'month', period))?.spent;
  }
}
