import { Injectable } from '@nestjs/common';
import { hourMs, hourOf } from '#kernel/hours.js';
import { floorMicros, usualDays, type UserLook } from '#domain/caps/runaway.js';
import { Cells } from '#domain/spend/cells.js';
import { windowHours } from '#domain/spend/last-hours.js';
import { addressAt } from '#domain/spend/page-address.js';
import { keptViews } from '#domain/spend/spend.dimensions.js';
import { Views } from '../feed/views.js';

const byUser = keptViews.indexOf('user');
const cellsPerPause = 2_000;
/** A little less than the bar's 10, so that what is rounded on the way says nothing wrong. */
const surelyBelowTen = 9.99;
/** No name has this number: nothing was ever spent under it. */
const noName = 0xffff_fffe;

/** What single users have spent in the last 24 hours, and on the days before. */
@Injectable()
export class UserDays {
  constructor(private readonly views: Views) {}

  /**
   * False if the user surely spends no more than usual, which is so for nearly everybody who is asked about: told by
   * two or three reads for a small spender, and without sorting anything for a big one.
   */
  mayRunAway(groupId: string, userId: string, nowMs: number): boolean {
    const [group, user] = this.numbersOf(groupId, userId);
    if (!this.daysReachFloor(group, user, nowMs)) return false;
    const last24HoursMicros = this.views.spend.lastHours.spent(group, user, hourOf(nowMs));
    return last24HoursMicros >= floorMicros && !this.isUsual(group, user, nowMs, Number(last24HoursMicros));
  }

  look(groupId: string, userId: string, nowMs: number): UserLook {
    const today = this.views.calendar().dayOf(nowMs);
    const [group, user] = this.numbersOf(groupId, userId);
    return {
      last24HoursMicros: this.views.spend.lastHours.spent(group, user, hourOf(nowMs)),
      dailyMicros: Array.from({ length: usualDays }, (_, back) => this.spentOn(group, user, today - back - 1)),
    };
  }

  /**
   * Every user with at least the floor in the last 24 hours, from one pass over the hours as they were when it began.
   * Yields undefined now and then: a place to pause.
   */
  *aboveFloor(nowMs: number): Iterable<readonly [groupId: string, userId: string] | undefined> {
    const { names, lastHours } = this.views.spend;
    const sums = new Cells();
    for (const { cells } of lastHours.window(hourOf(nowMs))) {
      for (let slot = 0; slot < cells.capacity; slot++) {
        if (slot % cellsPerPause === 0) yield undefined;
        if (!cells.isTaken(slot)) continue;
        // What was carried is beyond the floor whatever else there is.
        const isHuge = cells.carries !== undefined && cells.exactSpentAt(slot) > floorMicros;
        sums.add(cells.firstAt(slot), cells.secondAt(slot), isHuge ? Number(floorMicros) : cells.spent[slot], 0);
      }
    }
    for (let slot = 0; slot < sums.capacity; slot++) {
      if (slot % cellsPerPause === 0) yield undefined;
      if (!sums.isTaken(slot) || sums.exactSpentAt(slot) < floorMicros) continue;
      yield [names.textOf(sums.firstAt(slot)), names.textOf(sums.secondAt(slot))];
    }
  }

  /** The calendar's days that the hours touch hold at least as much as the hours. */
  private daysReachFloor(group: number, user: number, nowMs: number): boolean {
    const calendar = this.views.calendar();
    const endsMs = (hourOf(nowMs) + 1) * hourMs;
    const lastDay = calendar.dayOf(endsMs - 1);
    let micros = 0;
    for (let day = calendar.dayOf(endsMs - windowHours * hourMs); day <= lastDay; day++) {
      micros += this.roughlySpentOn(group, user, day);
    }
    return micros >= Number(floorMicros);
  }

  /** Whether most days with spend were at least a tenth of these 24 hours, so that the median day surely was. */
  private isUsual(group: number, user: number, nowMs: number, last24HoursMicros: number): boolean {
    const today = this.views.calendar().dayOf(nowMs);
    let days = 0;
    let bigDays = 0;
    for (let day = today - 1; day >= today - usualDays && 2 * bigDays <= usualDays; day--) {
      const micros = this.roughlySpentOn(group, user, day);
      if (micros > 0) days++;
      if (micros * surelyBelowTen >= last24HoursMicros) bigDays++;
    }
    return 2 * bigDays > days;
  }

  private numbersOf(groupId: string, userId: string): readonly [group: number, user: number] {
    const { names } = this.views.spend;
    return [names.find(groupId) ?? noName, names.find(userId) ?? noName];
  }

  private spentOn(group: number, user: number, day: number): bigint {
    const cells = this.cellsOn(day);
    const slot = cells?.find(group, user) ?? -1;
    return cells === undefined || slot < 0 ? 0n : cells.exactSpentAt(slot);
  }

  /** Exact below 2^53. */
  private roughlySpentOn(group: number, user: number, day: number): number {
    const cells = this.cellsOn(day);
    const slot = cells?.find(group, user) ?? -1;
    if (cells === undefined || slot < 0) return 0;
    return cells.carries === undefined ? cells.spent[slot] : Number(cells.exactSpentAt(slot));
  }

  private cellsOn(day: number): Cells | undefined {
    return this.views.spend.pages.read(addressAt(byUser, 'day', day))?.spent;
  }
}
