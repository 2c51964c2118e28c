import { Injectable } from '@nestjs/common';
import type { Period } from '#kernel/days.js';
import { keptViews } from '#domain/spend/spend.dimensions.js';
import { addressAt } from '#domain/spend/page-address.js';
import { Views } from '../feed/views.js';

const byUser = keptViews.indexOf('user');
const cellsPerPause = 2_000;
/** In a smaller group one user's share says nothing (domain.md, The cap). */
const company = 3;

/** What single users of a group have spent in a month, from the page of groups and users. */
@Injectable()
export class UserSpend {
  private readonly met = new Map<string, Set<string>>();
  private metIn: Period | undefined;

  constructor(private readonly views: Views) {}

  /** What each of the users has spent, in micros. @throws MoneyOverflow if somebody's passes 2^53 - 1 */
  *ofUsers(
    groupId: string,
    users: Iterable<string>,
    period: Period,
  ): Iterable<readonly [userId: string, spent: number]> {
    const { names } = this.views.spend;
    const cells = this.cells(period);
    const group = names.find(groupId);
    for (const userId of users) {
      const user = names.find(userId);
      const slot = cells === undefined || group === undefined || user === undefined ? -1 : cells.find(group, user);
      yield [userId, slot < 0 ? 0 : (cells?.spentAt(slot) ?? 0)];
    }
  }

  /** Remembers who has spent in the month: `isCompany` then costs nothing. */
  meet(groupId: string, users: Iterable<string>, period: Period): void {
    if (period !== this.metIn) this.met.clear();
    this.metIn = period;
    const known = this.met.get(groupId) ?? new Set<string>();
    this.met.set(groupId, known);
    if (known.size >= company) return;
    for (const userId of users) if (known.size < company) known.add(userId);
  }

  /** Whether 3 users or more of the group have spent this month, as far as they were met. */
  isCompany(groupId: string): boolean {
    return (this.met.get(groupId)?.size ?? 0) >= company;
  }

  /**
   * Adds every user with at least the share of their group's month to `found`, in one pass over all groups, and meets
   * them all. Yields now and then: a place to pause. What moves meanwhile may be missed; it is looked at for having moved.
   *
   * @param shareOf the share of a group as a fraction, roughly: whoever asks looks again, exactly
   */
  *above(period: Period, shareOf: (groupId: string) => number, found: Map<string, string[]>): Iterable<undefined> {
    const { names, totals } = this.views.spend;
    const cells = this.cells(period);
    if (cells === undefined) return;
    const bars = new Map<number, number>();
    for (let slot = 0; slot < cells.capacity; slot++) {
      if (slot % cellsPerPause === 0) yield undefined;
      if (!cells.isTaken(slot)) continue;
      const group = cells.firstAt(slot);
      const groupId = names.textOf(group);
      const bar = bars.get(group) ?? totals.spentInMonth(group, period) * shareOf(groupId);
      bars.set(group, bar);
      this.meet(groupId, [names.textOf(cells.secondAt(slot))], period);
      if (cells.spentAt(slot) < bar) continue;
      const users = found.get(groupId) ?? [];
      users.push(names.textOf(cells.secondAt(slot)));
      found.set(groupId, users);
    }
  }

  private cells(period: Period) {
    return this.views.spend.pages.read(addressAt(byUser, 'month', period))?.spent;
  }
}
