import { unreachable } from '#kernel/decider.js';
import { addMicros, type Micros } from '#kernel/money.js';
import { actualOf, type CapBasis, type CapPolicy, type CapsEvent, type CapSettings } from '../domain/caps.events.js';
import { thresholdsReached } from '../domain/thresholds.js';
import type { CapInForce } from './caps.js';

/** Caps as the API shows them: multiples, thresholds and shares as decimals rather than basis points. */
const one = 10_000;

export const toSettingsResponse = (settings: CapSettings) => ({
  policy: toPolicyResponse(settings.policy),
  enforcement: settings.enforcement,
  thresholds: settings.thresholdsBasisPoints.map((threshold) => threshold / one),
  userShare: settings.userShareBasisPoints / one,
});

export const toAmountsResponse = (
  { settings, derived, capMicros, topUpsMicros, spentMicros }: CapInForce,
  heldMicros: Micros,
) => {
  const availableMicros = capMicros === null ? null : addMicros(capMicros, -addMicros(spentMicros, heldMicros));
  const reached = capMicros === null ? [] : thresholdsReached(spentMicros, capMicros, settings.thresholdsBasisPoints);
  return {
    capMicros,
    derivedMicros: derived.capMicros,
    topUpsMicros,
    basis: toBasisResponse(derived.basis, settings.policy),
    insufficientHistory: derived.basis.kind === 'insufficientHistory',
    spentMicros,
    heldMicros,
    availableMicros,
    thresholdsReached: reached.map((threshold) => threshold / one),
    ...(settings.enforcement !== 'enforce' && { wouldHaveDenied: availableMicros !== null && availableMicros <= 0 }),
  };
};

/** One line of a cap's history. */
export const toCapEventResponse = (event: CapsEvent): object => {
  switch (event.type) {
    case 'CapPolicySet':
      return toSettingsResponse(event.data.settings);
    case 'CapToppedUp':
      return { period: event.data.period, amountMicros: event.data.amountMicros };
    case 'CapDerived': {
      const { period, capMicros, policy, policyVersion, basis } = event.data;
      return {
        period,
        derivedMicros: capMicros,
        policy: toPolicyResponse(policy),
        policyVersion,
        basis: toBasisResponse(basis, policy),
      };
    }
    default:
      return unreachable(event);
  }
};

const toPolicyResponse = (policy: CapPolicy) => {
  if (policy.kind === 'fixed') return policy;
  const { multipleBasisPoints, ...rest } = policy;
  return { ...rest, multiple: multipleBasisPoints / one };
};

const toBasisResponse = (basis: CapBasis, policy: CapPolicy) => {
  if (!('period' in basis)) return basis;
  const { kind, period, historyDays, days, status } = basis;
  return {
    kind,
    period,
    actualMicros: actualOf(basis),
    historyDays,
    days,
    status,
    ...(policy.kind === 'priorMonthMultiple' && { multiple: policy.multipleBasisPoints / one }),
  };
};
