import { Injectable } from '@nestjs/common';
import type { Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import { maxMicros, type Micros } from '#kernel/money.js';
import type { CapSettings, DerivedCap } from '../domain/caps.events.js';
import type { RecordedCap } from '../domain/caps.view.js';
import { type Actuals, deriveCap, type Derivation, settingsUnder } from '../domain/derive-cap.js';
import { recordAtMs } from '../domain/derived-cap.js';
import { everyGroup } from '#spend/domain/totals.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { CapsView } from '../domain/caps.view.js';
import { PeriodsView } from '#periods/domain/periods.view.js';
import { SpendView } from '#spend/domain/spend.view.js';
import { Fold } from '#event-sourcing/fold.js';

/** No name has this number: nothing was ever spent under it. */
const noGroup = 0xffff_fffe;

/** The cap of a scope in one month, as it is now. Micros. */
export interface CapInForce {
  /** A new group's enforcement is the organisation's. */
  readonly settings: CapSettings;
  readonly policyVersion: number;
  /** Without top-ups, null if there is none, with what it was made of. */
  readonly derived: Derivation;
  /** With top-ups; null if there is none. */
  readonly capMicros: number | null;
  readonly topUpsMicros: number;
  readonly spentMicros: Micros;
  readonly recorded: RecordedCap | undefined;
}

/**
 * Caps of groups (and of the organisation, null) as the views have them. Whoever needs a cap asks here: it is derived
 * from policy and actuals when it has not been recorded yet, so that there is no moment without it.
 */
@Injectable()
export class Caps {
  constructor(
    private readonly organisation: OrganisationView,
    private readonly caps: CapsView,
    private readonly periods: PeriodsView,
    private readonly spend: SpendView,
    private readonly fold: Fold,
  ) {}

  /** Nothing for an organisation that has no pooled cap. */
  inForce(groupId: string | null, period: Period, nowMs: number): CapInForce | undefined {
    const { caps } = this;
    const scope = caps.scope(groupId);
    if (groupId === null && !scope.isChosen) return undefined;
    const { settings, topUps } = scope.state;
    const recorded = caps.recorded(groupId, formatPeriod(period));
    const derived = this.derivation(groupId, period, nowMs);
    const topUpsMicros = topUps[formatPeriod(period)] ?? 0;
    return {
      settings: settingsUnder(settings, derived.basis, caps.scope(null).state.settings.enforcement),
      policyVersion: scope.policyVersion,
      derived,
      capMicros: derived.capMicros === null ? null : Math.min(derived.capMicros + topUpsMicros, maxMicros),
      topUpsMicros,
      spentMicros: this.spent(groupId, period),
      recorded,
    };
  }

  /** When the cap of the month has to be recorded (again), milliseconds since 1970; nothing if it is as recorded. */
  dueAtMs(groupId: string | null, period: Period): number | undefined {
    const { caps } = this;
    const scope = caps.scope(groupId);
    if (groupId === null && !scope.isChosen) return undefined;
    const recorded = caps.recorded(groupId, formatPeriod(period));
    return recordAtMs(recorded, this.derivedNow(groupId, period), scope.policyVersion);
  }

  /** What is to be recorded of the cap of the month; nothing if that is not due. */
  toRecord(groupId: string | null, period: Period, nowMs: number): DerivedCap | undefined {
    const scope = this.caps.scope(groupId);
    if (groupId === null && !scope.isChosen) return undefined;
    const { policyVersion, state } = scope;
    const name = formatPeriod(period);
    const derived = this.derivedNow(groupId, period);
    const dueAtMs = recordAtMs(this.caps.recorded(groupId, name), derived, policyVersion) ?? Infinity;
    if (nowMs < dueAtMs) return undefined;
    const { position } = this.fold;
    return { groupId, period: name, policy: state.settings.policy, policyVersion, position, ...derived };
  }

  /** Whether the cap is enforced now, by its own settings or, for a new group, by those of the organisation. */
  isEnforced(groupId: string | null, period: Period, nowMs: number): boolean {
    const [own, ofOrganisation] = [groupId, null].map((scope) => this.caps.scope(scope).state.settings.enforcement);
    if (own === 'enforce' || ofOrganisation !== 'enforce') return own === 'enforce';
    return this.inForce(groupId, period, nowMs)?.settings.enforcement === 'enforce';
  }

  /** What occurred in the month. */
  spent(groupId: string | null, period: Period): Micros {
    return this.spend.totals.spentInMonth(this.numberOf(groupId), period);
  }

  /** Micros per day, and the first day, for estimates. */
  daily(groupId: string | null) {
    const { totals } = this.spend;
    const group = this.numberOf(groupId);
    return { spentOn: (day: number) => totals.spentOnDay(group, day), firstDay: totals.firstDayOf(group) };
  }

  // What is recorded holds until it is due to be recorded again: until then the cap does not move.
  private derivation(groupId: string | null, period: Period, nowMs: number): Derivation {
    const recorded = this.caps.recorded(groupId, formatPeriod(period));
    const derived = this.derivedNow(groupId, period);
    const { policyVersion } = this.caps.scope(groupId);
    return recorded === undefined || nowMs >= (recordAtMs(recorded, derived, policyVersion) ?? Infinity)
      ? derived
      : recorded;
  }

  private derivedNow(groupId: string | null, period: Period): Derivation {
    const { policy } = this.caps.scope(groupId).state.settings;
    const forNew = groupId === null ? null : this.organisation.organisation().newGroupCapMicros;
    return deriveCap(policy, period, this.actuals(groupId), forNew);
  }

  private actuals(groupId: string | null): Actuals {
    const { totals } = this.spend;
    const group = this.numberOf(groupId);
    return {
      spentIn: (period) => totals.spentInMonth(group, period),
      firstDay: totals.firstDayOf(group),
      isClosed: (period) => this.periods.isClosed(period),
    };
  }

  private numberOf(groupId: string | null): number {
    return groupId === null ? everyGroup : (this.spend.names.find(groupId) ?? noGroup);
  }
}
