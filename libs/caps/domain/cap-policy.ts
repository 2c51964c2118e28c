import { millisecondsInDay } from 'date-fns/constants';
import { type CommandOf, type Decider, unreachable } from '#kernel/decider.js';
import { maxMicros } from '#kernel/money.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { CapsCode } from './caps.codes.js';
import type { CapPolicy, CapPolicyEvent, CapSettings } from './caps.events.js';

/** How the cap of a scope is to be made and what happens at it. What is left out stays as it is. */
export interface CapChoice {
  readonly groupId: string | null;
  readonly settings: Partial<CapSettings>;
  readonly overrideFirstQuarter: boolean;
}

/** An amount for the cap of one month. */
export interface TopUp {
  readonly groupId: string | null;
  /** `yyyy-MM`. */
  readonly period: string;
  readonly amountMicros: number;
}

/** What a choice meets that is not of the policy's stream. */
interface CapShown {
  /** When Bursar first showed the scope a cap; null if it never has. */
  readonly firstShownAtMs: number | null;
  /** How the scope is enforced now, if that is not its own choice: as the organisation is, while it is new. */
  readonly enforcementInForce?: CapSettings['enforcement'];
}

type CapChosen = CommandOf<'SetCapPolicy', CapChoice & CapShown>;
/** `currentPeriod`: the month of now; months before it are over. */
type CapToppedUp = CommandOf<'TopUpCap', TopUp & { readonly currentPeriod: string }>;

export type CapPolicyCommand = CapChosen | CapToppedUp;

export interface CapPolicyState {
  readonly settings: CapSettings;
  /** Micros per `yyyy-MM`. */
  readonly topUps: Readonly<Record<string, number>>;
}

/** What holds for every group until somebody chooses otherwise: 1.3 times last month (docs/domain.md, The cap). */
export const defaultSettings: CapSettings = {
  policy: { kind: 'priorMonthMultiple', multipleBasisPoints: 13_000 },
  enforcement: 'alert',
  thresholdsBasisPoints: [5_000, 8_000, 10_000],
  userShareBasisPoints: 4_000,
};

/** For so long after the first cap a scope is told rather than stopped. */
export const firstQuarterMs = 90 * millisecondsInDay;
/** 1,000 times the month before is no cap any more. */
const maxMultipleBasisPoints = 10_000_000;
const maxThresholdBasisPoints = 100_000;
const maxThresholds = 20;
const one = 10_000;

const evolve = (state: CapPolicyState, event: CapPolicyEvent): CapPolicyState => {
  switch (event.type) {
    case 'CapPolicySet':
      return { ...state, settings: event.data.settings };
    case 'CapToppedUp': {
      const { period, amountMicros } = event.data;
      return { ...state, topUps: { ...state.topUps, [period]: (state.topUps[period] ?? 0) + amountMicros } };
    }
    default:
      return unreachable(event);
  }
};

const decide = (
  command: CapPolicyCommand,
  state: CapPolicyState,
): readonly CapPolicyEvent[] | Refusal<CapsCode | KernelCode> => {
  switch (command.type) {
    case 'SetCapPolicy':
      return setPolicy(command, state.settings);
    case 'TopUpCap':
      return topUp(command, state);
    default:
      return unreachable(command);
  }
};

const setPolicy = (
  { data, meta }: CapChosen,
  chosen: CapSettings,
): readonly CapPolicyEvent[] | Refusal<CapsCode | KernelCode> => {
  const { enforcementInForce: enforcement = chosen.enforcement } = data;
  const before = { ...chosen, enforcement };
  const settings = { ...before, ...data.settings };
  const wrong = faultOf(settings);
  if (wrong !== undefined) return wrong;
  if (settings.enforcement === 'enforce' && before.enforcement !== 'enforce') {
    const isEarly = data.firstShownAtMs === null || meta.nowMs < data.firstShownAtMs + firstQuarterMs;
    if (isEarly && !data.overrideFirstQuarter) return tooEarly;
    if (isEarly && meta.reason === '') return reasonMissing;
  }
  return isSame(settings, chosen) ? [] : [{ type: 'CapPolicySet', data: { groupId: data.groupId, settings } }];
};

const topUp = (
  { data, meta }: CapToppedUp,
  { topUps }: CapPolicyState,
): readonly CapPolicyEvent[] | Refusal<CapsCode | KernelCode> => {
  const { groupId, period, amountMicros, currentPeriod } = data;
  if (!Number.isSafeInteger(amountMicros) || amountMicros <= 0) {
    return refuse('invalidAmount', 'amountMicros is a positive integer of at most 2^53 - 1.');
  }
  if ((topUps[period] ?? 0) > maxMicros - amountMicros) {
    return refuse('invalidAmount', 'All top-ups of a month together are at most 2^53 - 1 micros.');
  }
  if (period < currentPeriod) return refuse('periodOver', `${period} is over: a top-up would change nothing in it.`);
  if (meta.reason === '') return reasonMissing;
  return [{ type: 'CapToppedUp', data: { groupId, period, amountMicros } }];
};

const faultOf = ({ policy, thresholdsBasisPoints, userShareBasisPoints }: CapSettings): Refusal<CapsCode> | undefined =>
  policyFault(policy) ??
  thresholdsFault(thresholdsBasisPoints) ??
  (userShareBasisPoints > 0 && userShareBasisPoints <= one ? undefined : invalidUserShare);

const policyFault = (policy: CapPolicy): Refusal<CapsCode> | undefined => {
  if (policy.kind === 'fixed') return undefined;
  const { multipleBasisPoints, floorMicros = 0, ceilingMicros = maxMicros } = policy;
  if (multipleBasisPoints <= 0 || multipleBasisPoints > maxMultipleBasisPoints) return invalidMultiple;
  return floorMicros > ceilingMicros
    ? refuse('floorAboveCeiling', 'floorMicros must not be above ceilingMicros.')
    : undefined;
};

const thresholdsFault = (thresholds: readonly number[]): Refusal<CapsCode> | undefined => {
  const isInOrder = thresholds.every((threshold, at) => threshold > (thresholds[at - 1] ?? 0));
  const isInRange = thresholds.every((threshold) => threshold <= maxThresholdBasisPoints);
  return isInOrder && isInRange && thresholds.length <= maxThresholds ? undefined : invalidThresholds;
};

export const invalidMultiple = refuse(
  'invalidMultiple',
  'multiple is a decimal above 0 and up to 1000, with at most four places.',
);
export const invalidThresholds = refuse(
  'invalidThresholds',
  'thresholds are at most 20 decimals above 0 and up to 10, ascending, each once, with at most four places.',
);
export const invalidUserShare = refuse(
  'invalidUserShare',
  'userShare is a decimal above 0 and up to 1, with at most four places.',
);
const tooEarly = refuse(
  'enforceTooEarly',
  'A cap may be enforced 90 days after it was first shown. To do it earlier, send "overrideFirstQuarter": true and a reason.',
);
const reasonMissing = refuse('reasonMissing', 'Say why: put a reason into the body or into X-Reason.');

const isSame = (a: CapSettings, b: CapSettings): boolean => JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));

const ordered = ({ policy, enforcement, thresholdsBasisPoints, userShareBasisPoints }: CapSettings) => [
  policy.kind,
  policy.kind === 'fixed'
    ? [policy.capMicros]
    : [policy.multipleBasisPoints, policy.floorMicros ?? null, policy.ceilingMicros ?? null],
  enforcement,
  thresholdsBasisPoints,
  userShareBasisPoints,
];

/** Decides on `capPolicy-<groupId>` and `organisationCapPolicy`. */
export const capPolicyDecider: Decider<CapPolicyCommand, CapPolicyState, CapPolicyEvent, CapsCode | KernelCode> = {
  initial: { settings: defaultSettings, topUps: {} },
  evolve,
  decide,
};
