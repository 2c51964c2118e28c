import { Injectable } from '@nestjs/common';
import type { Period } from '#kernel/days.js';
import { keptViews } from '#domain/spend/spend.dimensions.js';
import { addressAt } from '#domain/spend/page-address.js';
import { Views } from '../feed/views.js';

const byUser = keptViews.indexOf('user');
const cellsPerPause = 2_000;
/** In a smaller group one user's share says nothing (domain.md, The cap). */
const company = 3;

/** What single users of a group have spent in a month. Groups and users are numbers of the spend view's names. */
@Injectable()
export class UserSpend {
  private readonly met = new Map<number, Set<number>>();
  private metIn: Period | undefined;

  constructor(private readonly views: Views) {}

  /** Micros. @throws MoneyOverflow if they pass 2^53 - 1 */
  spent(group: number, user: number, period: Period): number {
    const cells = this.cells(period);
    const slot = cells?.find(group, user) ?? -1;
    return cells === undefined || slot < 0 ? 0 : cells.spentAt(slot);
  }

  /** Remembers who has spent in the month: `isCompany` then costs nothing. */
  meet(group: number, user: number, period: Period): void {
    if (period !== this.metIn) this.met.clear();
    this.metIn = period;
    const known = this.met.get(group) ?? new Set<number>();
    this.met.set(group, known);
    if (known.size < company) known.add(user);
  }

  /** Whether 3 users or more of the group have spent this month, as far as they were met. */
  isCompany(group: number): boolean {
    return (this.met.get(group)?.size ?? 0) >= company;
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
    const { names, totals } = this.views.spend;
    const cells = this.cells(period);
    const bars = new Map<number, number>();
    for (let slot = 0; cells !== undefined && slot < cells.capacity; slot++) {
      if (slot % cellsPerPause === 0) yield undefined;
      if (!cells.isTaken(slot)) continue;
      const [group, user] = [cells.firstAt(slot), cells.secondAt(slot)];
      const bar = bars.get(group) ?? totals.spentInMonth(group, period) * shareOf(names.textOf(group));
      bars.set(group, bar);
      this.meet(group, user, period);
      if (cells.spentAt(slot) >= bar) yield [group, user];
    }
  }

  private cells(period: Period) {
    return this.views.spend.pages.read(addressAt(byUser, 'month', period))?.spent;
  }
}
