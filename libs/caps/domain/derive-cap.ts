import { type Day, daysInPeriod, firstDayOf, type Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import { maxMicros, type Micros, multiplyDivideHalfEven, saturated } from '#kernel/money.js';
import { actualOf, type CapBasis, type CapPolicy, type CapSettings, storedActual } from './caps.events.js';

/** What a scope has spent, as far as a cap asks. */
export interface Actuals {
  /** What occurred in the month. */
  readonly spentIn: (period: Period) => Micros;
  /** The day of the first record; nothing if there was none. */
  readonly firstDay: Day | undefined;
  readonly isClosed: (period: Period) => boolean;
}

export interface Derivation {
  /** Null: there is no cap, and the basis says why. */
  readonly capMicros: number | null;
  readonly basis: CapBasis;
}

/** A month that a group began in is a basis from so many days on. */
const leastHistoryDays = 7;
/** How many months before an empty basis month are looked through. */
const monthsBeforeEmpty = 3;
const one = 10_000;

const withoutHistory = (newGroupCapMicros: number | null): Derivation => {
  const kind = 'insufficientHistory';
  return newGroupCapMicros === null
    ? { capMicros: null, basis: { kind } }
    : { capMicros: newGroupCapMicros, basis: { kind, source: 'newGroupCap' } };
};

/** Whether it is the organisation's cap for new groups. */
export const isNewGroupCap = (basis: CapBasis): boolean => 'source' in basis && basis.source === 'newGroupCap';

/**
 * How a scope is governed under a cap: a new group as the organisation is, so that a new name is no way around its cap.
 * What somebody enforces for the group itself stays enforced.
 */
export const settingsUnder = (
  settings: CapSettings,
  basis: CapBasis,
  ofOrganisation: CapSettings['enforcement'],
): CapSettings =>
  isNewGroupCap(basis) && settings.enforcement !== 'enforce' ? { ...settings, enforcement: ofOrganisation } : settings;

/**
 * The cap of a scope for a month, without top-ups: a pure function of policy and actuals (docs/domain.md, The cap). Rounded
 * once, half to even; what would pass 2^53 - 1 is held there.
 *
 * @param newGroupCapMicros what a group without history has; null: no cap
 */
export const deriveCap = (
  policy: CapPolicy,
  period: Period,
  actuals: Actuals,
  newGroupCapMicros: number | null = null,
): Derivation => {
  if (policy.kind === 'fixed') return { capMicros: policy.capMicros, basis: { kind: 'fixed' } };
  const basis = basisOf(period - 1, actuals);
  if (basis === undefined) return withoutHistory(newGroupCapMicros);
  const wanted = saturated(multiplied(basis, policy.multipleBasisPoints));
  const { floorMicros = 0, ceilingMicros = maxMicros } = policy;
  return { capMicros: Math.min(Math.max(wanted, floorMicros), ceilingMicros), basis };
};

type MonthBasis = Extract<CapBasis, { readonly period: string }>;

/** The month itself; if nothing was spent in it, the last of the three before in which something was. */
const basisOf = (wanted: Period, actuals: Actuals): MonthBasis | undefined => {
  for (let period = wanted; period >= wanted - monthsBeforeEmpty; period--) {
    if (actuals.firstDay === undefined || actuals.firstDay >= firstDayOf(period + 1)) return undefined;
    const actualMicros = actuals.spentIn(period);
    if (actualMicros > 0) return monthBasis(period, actualMicros, actuals);
  }
  return undefined;
};

const monthBasis = (period: Period, actualMicros: Micros, actuals: Actuals): MonthBasis | undefined => {
  const days = daysInPeriod(period);
  const begin = Math.max(actuals.firstDay ?? 0, firstDayOf(period));
  const historyDays = firstDayOf(period + 1) - begin;
  if (historyDays < leastHistoryDays) return undefined;
  return {
    kind: historyDays === days ? 'actual' : 'scaled',
    period: formatPeriod(period),
    ...storedActual(actualMicros),
    historyDays,
    days,
    status: actuals.isClosed(period) ? 'final' : 'provisional',
  };
};

/** Scaling and multiplying are one product, so that there is one rounding. */
const multiplied = (basis: MonthBasis, multipleBasisPoints: number): Micros =>
  multiplyDivideHalfEven(actualOf(basis), multipleBasisPoints * basis.days, one * basis.historyDays);
