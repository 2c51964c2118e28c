import { Injectable } from '@nestjs/common';
import { firstDayOf } from '#kernel/days.js';
import { effectiveLimits } from '../domain/limits.js';
import type { Budget, DecisionInputs } from '../domain/rules.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { LimitsView } from '../domain/limits.view.js';
import { Fold } from '#event-sourcing/fold.js';
import { Caps } from '#caps/queries/caps.js';

/** What a decision looks at that comes from other streams: caps, spend, limits and pauses, as the views have them. */
@Injectable()
export class DecisionInputsReader {
  constructor(
    private readonly organisation: OrganisationView,
    private readonly limits: LimitsView,
    private readonly fold: Fold,
    private readonly caps: Caps,
  ) {}

  of(groupId: string, nowMs: number): DecisionInputs {
    const calendar = this.organisation.calendar();
    const { limits } = this;
    const { position } = this.fold;
    return {
      limits: effectiveLimits(limits.of(null), limits.of(groupId)),
      group: this.budget(groupId, nowMs),
      organisation: this.budget(null, nowMs),
      monthEndsMs: calendar.startOfDay(firstDayOf(calendar.periodOf(nowMs) + 1)),
      position,
    };
  }

  private budget(groupId: string | null, nowMs: number): Budget {
    const cap = this.caps.inForce(groupId, this.organisation.calendar().periodOf(nowMs), nowMs);
    if (cap === undefined) return { capMicros: null, spentMicros: 0, enforces: false };
    const { capMicros, spentMicros, settings } = cap;
    return { capMicros, spentMicros, enforces: settings.enforcement === 'enforce' };
  }
}
