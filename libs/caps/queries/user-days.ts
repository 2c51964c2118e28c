import { Injectable } from '@nestjs/common';
import { millisecondsInHour } from 'date-fns/constants';
import { hourOf } from '#kernel/hours.js';
import { floorMicros, usualDays, type UserFigures } from '../domain/runaway.js';
import type { Cells } from '#spend/domain/cells.js';
import { windowHours } from '#spend/domain/last-hours.js';
import { addressAt } from '#spend/domain/page-address.js';
import { materialisedViews } from '#spend/domain/spend.dimensions.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { SpendView } from '#spend/domain/spend.view.js';

const byUser = materialisedViews.indexOf('user');
const cellsPerPause = 2_000;
/** A little less than the bar's 10, so that what is rounded on the way says nothing wrong. */
const surelyBelowTen = 9.99;

/**
 * What single users have spent in the last 24 hours, and on the days before. Groups and users are numbers of the spend
 * view's names.
 */
@Injectable()
export class UserDays {
  constructor(
    private readonly organisation: OrganisationView,
    private readonly spend: SpendView,
  ) {}

  /** False if the user surely spends no more than usual, which is so for nearly everybody: told without sorting days. */
  mayRunAway(group: number, user: number, nowMs: number): boolean {
    const last24HoursMicros = this.spend.lastHours.spent(group, user, hourOf(nowMs));
    return last24HoursMicros >= floorMicros && !this.isUsual(group, user, nowMs, Number(last24HoursMicros));
  }

  figures(group: number, user: number, nowMs: number): UserFigures {
    const today = this.organisation.calendar().dayOf(nowMs);
    return {
      last24HoursMicros: this.spend.lastHours.spent(group, user, hourOf(nowMs)),
      dailyMicros: Array.from({ length: usualDays }, (_, back) => this.spentOn(group, user, today - back - 1)),
    };
  }

  /**
   * Everybody who may have spent the floor in the last 24 hours, some of them twice: they have spent their part of it on
   * one of the days that these hours touch. One pass over the days is less work than to remember who has moved. Yields
   * undefined now and then: a place to pause. Who moves meanwhile may be missed, and is found by the next pass.
   */
  *bigSpenders(nowMs: number): Iterable<readonly [group: number, user: number] | undefined> {
    const calendar = this.organisation.calendar();
    const endsMs = (hourOf(nowMs) + 1) * millisecondsInHour;
    const [first, last] = [calendar.dayOf(endsMs - windowHours * millisecondsInHour), calendar.dayOf(endsMs - 1)];
    const partMicros = Number(floorMicros) / (last - first + 1);
    for (let day = first; day <= last; day++) {
      const cells = this.cellsOn(day);
      for (let slot = 0; cells !== undefined && slot < cells.capacity; slot++) {
        if (slot % cellsPerPause === 0) yield undefined;
        if (cells.isTaken(slot) && cells.roughlySpentAt(slot) >= partMicros) {
          yield [cells.firstAt(slot), cells.secondAt(slot)];
        }
      }
    }
  }

  /** Whether most days with spend were at least a tenth of these 24 hours, so that the median day surely was. */
  private isUsual(group: number, user: number, nowMs: number, last24HoursMicros: number): boolean {
    const today = this.organisation.calendar().dayOf(nowMs);
    let days = 0;
    let bigDays = 0;
    for (let day = today - 1; day >= today - usualDays && 2 * bigDays <= usualDays; day--) {
      const micros = this.roughlySpentOn(group, user, day);
      if (micros > 0) days++;
      if (micros * surelyBelowTen >= last24HoursMicros) bigDays++;
    }
    return 2 * bigDays > days;
  }

  private spentOn(group: number, user: number, day: number): bigint {
    const cells = this.cellsOn(day);
    const slot = cells?.find(group, user) ?? -1;
    return cells === undefined || slot < 0 ? 0n : cells.exactSpentAt(slot);
  }

  private roughlySpentOn(group: number, user: number, day: number): number {
    const cells = this.cellsOn(day);
    const slot = cells?.find(group, user) ?? -1;
    return cells === undefined || slot < 0 ? 0 : cells.roughlySpentAt(slot);
  }

  private cellsOn(day: number): Cells | undefined {
    return this.spend.pages.read(addressAt(byUser, 'day', day))?.spent;
  }
}
