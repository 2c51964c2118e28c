import { exactFields } from '#kernel/exact-fields.js';
import { formatDay } from '#kernel/instants.js';
import type { Micros } from '#kernel/money.js';
import { actualOf, type CapBasis, type CapSettings } from './caps.events.js';
import type { Pace } from './pace.js';
import { isMoreThanShareOf, isShareOf, thresholdsReached } from './thresholds.js';

/** What is known of one scope's cap at one log position. Micros. */
export interface CapFigures {
  readonly settings: CapSettings;
  /** With top-ups; null if there is none. */
  readonly capMicros: number | null;
  readonly topUpsMicros: number;
  readonly basis: CapBasis;
  readonly spentMicros: Micros;
  /** Costs more than all else, and not everybody asks for it. */
  readonly pace: () => Pace | undefined;
  /** From 1. */
  readonly dayOfMonth: number;
}

type EvidenceField = number | string | null;
export type CapEvidence = Readonly<Record<string, EvidenceField | Readonly<Record<string, EvidenceField>>>>;

/** Whether something about a cap holds that people want to be told of, with what shows it. */
export interface CapCondition {
  readonly type: 'capThreshold' | 'capPace' | 'userShare';
  readonly userId: string | null;
  /** A share of the cap, as a decimal. */
  readonly threshold: number | null;
  readonly holds: boolean;
  /** Gone, and far enough from the bar. Neither is true in between. */
  readonly clears: boolean;
  /** Made when it is told: most of what is looked at is not. */
  readonly evidence: () => CapEvidence;
  /** What of the evidence an open alert is updated for. */
  readonly fingerprint: string;
}

const one = 10_000;
/** From this day of the month on the pace says something (docs/domain.md, The cap). */
const paceFromDay = 5;
/** A ratio clears only below 0.9 of its bar, so that an alert does not come and go while it hovers there. */
const hysteresisBasisPoints = 9_000;
/** A user's share says little before a tenth of the cap is spent. */
const shareFromBasisPoints = 1_000;

/** One condition per threshold; without a cap none holds. */
export const thresholdConditions = (look: CapFigures): readonly CapCondition[] => {
  const { settings, capMicros, spentMicros } = look;
  const { thresholdsBasisPoints } = settings;
  const reached = capMicros === null ? [] : thresholdsReached(spentMicros, capMicros, thresholdsBasisPoints);
  return thresholdsBasisPoints.map((threshold) => ({
    type: 'capThreshold',
    userId: null,
    threshold: threshold / one,
    holds: reached.includes(threshold),
    clears: !reached.includes(threshold),
    evidence: () => evidenceOf(look),
    fingerprint: String(capMicros),
  }));
};

/** The month is on its way past a cap that it has not passed yet. */
export const paceCondition = (look: CapFigures): CapCondition => {
  const { capMicros, spentMicros, dayOfMonth } = look;
  const pace = look.pace();
  const isTold = pace !== undefined && capMicros !== null;
  const passesCapOn = pace?.passesCapOn ?? null;
  return {
    type: 'capPace',
    userId: null,
    threshold: null,
    holds: isTold && dayOfMonth >= paceFromDay && passesCapOn !== null && spentMicros <= capMicros,
    clears: !isTold || !isShareOf(pace.monthEndMicros, capMicros, hysteresisBasisPoints),
    evidence: () => ({
      ...evidenceOf(look),
      ...exactFields({ monthEndMicros: pace?.monthEndMicros ?? null }),
      passesCapOn: passesCapOn === null ? null : formatDay(passesCapOn),
    }),
    fingerprint: `${String(capMicros)} ${String(passesCapOn)}`,
  };
};

/**
 * One user has so much of a group's month that it is theirs rather than the group's.
 *
 * @param hasCompany whether the group has 3 users or more
 */
export const shareCondition = (
  look: CapFigures,
  userId: string,
  userSpentMicros: Micros,
  hasCompany: boolean,
): CapCondition => {
  const { capMicros, spentMicros, settings } = look;
  const { userShareBasisPoints } = settings;
  const isTold = capMicros !== null && spentMicros > 0 && isShareOf(spentMicros, capMicros, shareFromBasisPoints);
  const passes = isTold && isMoreThanShareOf(userSpentMicros, spentMicros, userShareBasisPoints);
  const bar = (userShareBasisPoints * hysteresisBasisPoints) / one;
  return {
    type: 'userShare',
    userId,
    threshold: null,
    holds: passes && hasCompany,
    clears: !isTold || !isShareOf(userSpentMicros, spentMicros, Math.floor(bar)),
    evidence: () => ({
      ...evidenceOf(look),
      ...exactFields({ userSpentMicros }),
      userShareLimit: userShareBasisPoints / one,
    }),
    fingerprint: String(userShareBasisPoints),
  };
};

const evidenceOf = ({ capMicros, topUpsMicros, basis, spentMicros, settings }: CapFigures): CapEvidence => ({
  ...exactFields({ spentMicros }),
  capMicros,
  topUpsMicros,
  basis: basis.kind,
  ...('period' in basis && {
    basisPeriod: basis.period,
    ...exactFields({ basisActualMicros: actualOf(basis) }),
  }),
  enforcement: settings.enforcement,
});
