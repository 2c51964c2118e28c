import { Injectable } from '@nestjs/common';
import { firstDayOf, type Period } from '#kernel/days.js';
import { formatDay, formatInstant, formatPeriod } from '#kernel/instants.js';
import type { Micros } from '#kernel/money.js';
import { firstQuarterMs } from '../domain/cap-policy.js';
import { capPolicyStreamOf, capStreamOf, isCapsEvent } from '../domain/caps.events.js';
import { paceOf } from '../domain/pace.js';
import { EventLog, type StoredEvent } from '#event-sourcing/ports/event-log.js';
import { streamEvents } from '#event-sourcing/stream-events.js';
import { TimeSlice } from '#event-sourcing/turns.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { CapsView } from '../domain/caps.view.js';
import { SpendQueries } from '#spend/queries/spend.queries.js';
import { HeldMoney } from './held-money.js';
import { type CapInForce, Caps } from './caps.js';
import { toAmountsResponse, toCapEventResponse, toSettingsResponse } from './cap.presenter.js';

/** Answers what the cap of a scope is, and why. */
@Injectable()
export class CapQueries {
  constructor(
    private readonly caps: Caps,
    private readonly organisation: OrganisationView,
    private readonly capsView: CapsView,
    private readonly holds: HeldMoney,
    private readonly spend: SpendQueries,
    private readonly log: EventLog,
  ) {}

  /** The cap of a month, with its basis; nothing for an organisation that has no pooled cap. */
  explain(groupId: string | null, period: Period, nowMs: number) {
    const cap = this.caps.inForce(groupId, period, nowMs);
    const scope = this.capsView.scope(groupId);
    const { asOf, provisional, provisionalBecause } = this.spend.standing(period, period + 1);
    const standing = { asOf, provisional, provisionalBecause };
    const head = { ...(groupId !== null && { groupId }), period: formatPeriod(period) };
    if (cap === undefined) {
      return { ...head, policy: null, capMicros: null, spentMicros: this.caps.spent(groupId, period), ...standing };
    }
    return {
      ...head,
      ...toSettingsResponse(cap.settings),
      policyVersion: cap.policyVersion,
      mayEnforceFrom: scope.firstShownAtMs === null ? null : formatInstant(scope.firstShownAtMs + firstQuarterMs),
      ...toAmountsResponse(cap, this.held(groupId, period, nowMs)),
      topUps: scope.state.topUps,
      projection: this.projection(groupId, period, nowMs, cap),
      ...standing,
    };
  }

  /** The cap of a group in a word. Micros; null: there is none. */
  summary(groupId: string, period: Period, nowMs: number) {
    const cap = this.caps.inForce(groupId, period, nowMs);
    if (cap === undefined) return null;
    const { capMicros, availableMicros, thresholdsReached } = toAmountsResponse(cap, this.held(groupId, period, nowMs));
    return { capMicros, availableMicros, enforcement: cap.settings.enforcement, thresholdsReached };
  }

  /** Every choice and every derivation of the scope's cap, the latest first. */
  async history(groupId: string | null) {
    const streams = [
      capPolicyStreamOf(groupId),
      ...this.capsView.periodsOf(groupId).map((period) => capStreamOf(groupId, period)),
    ];
    const work = TimeSlice.ofReading();
    const events: StoredEvent[] = [];
    for (const stream of streams) {
      for await (const event of streamEvents(this.log, stream, 0, work)) events.push(event);
    }
    return events
      .sort((a, b) => b.position - a.position)
      .flatMap((event) => {
        if (!isCapsEvent(event)) return [];
        const { position, type, meta } = event;
        return [{ position, type, at: meta.now, actor: meta.actor, reason: meta.reason, ...toCapEventResponse(event) }];
      });
  }

  /** What is set aside counts in the month of now. */
  private held(groupId: string | null, period: Period, nowMs: number): Micros {
    if (period !== this.organisation.calendar().periodOf(nowMs)) return 0;
    return this.holds.heldIn(groupId);
  }

  /** Only about the month that is under way: a month that has ended is what it is. */
  private projection(groupId: string | null, period: Period, nowMs: number, { capMicros, spentMicros }: CapInForce) {
    const today = this.organisation.calendar().dayOf(nowMs);
    const isUnderWay = today >= firstDayOf(period) && today < firstDayOf(period + 1);
    const pace = isUnderWay ? paceOf(today, spentMicros, capMicros, this.caps.daily(groupId)) : undefined;
    if (pace === undefined) return null;
    return {
      monthEndMicros: pace.monthEndMicros,
      passesCapOn: pace.passesCapOn === null ? null : formatDay(pace.passesCapOn),
    };
  }
}
