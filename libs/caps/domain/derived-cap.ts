import { millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import type { CommandOf, Decider } from '#kernel/decider.js';
import type { CapBasis, DerivedCap, DerivedCapEvent } from './caps.events.js';
import { type Derivation, isNewGroupCap } from './derive-cap.js';
import { isShareOf } from './thresholds.js';

/** Records what the cap of a month was derived to, for whoever asks why. */
export type DerivedCapCommand = CommandOf<'RecordCap', DerivedCap>;

/**
 * How long a cap stays as it was recorded although its provisional basis has moved by at least so much: late records
 * trickle in and must not fill the log, but history that is being imported must not leave a cap far too low.
 */
const recordingTiers = [
  { changeBasisPoints: 1_000, waitMs: 0 },
  { changeBasisPoints: 100, waitMs: millisecondsInMinute },
  { changeBasisPoints: 0, waitMs: millisecondsInHour },
] as const;

/**
 * When a derivation has to be recorded, given what was recorded before: milliseconds since 1970, or nothing if it is
 * the same (docs/domain.md, The cap). The first one, one under another policy, one from another month, another cap for new
 * groups and the last, with a final basis, at once.
 */
export const recordAtMs = (
  recorded: (DerivedCap & { readonly recordedAtMs: number }) | undefined,
  derivation: Derivation,
  policyVersion: number,
): number | undefined => {
  // That there is no cap is nothing to record, unless there was one.
  if (recorded === undefined) return derivation.capMicros === null ? undefined : -Infinity;
  if (recorded.policyVersion !== policyVersion) return -Infinity;
  if (isFinal(recorded.basis) || isSame(recorded, derivation)) return undefined;
  if (isNewGroupCap(derivation.basis) || isNewGroupCap(recorded.basis)) return -Infinity;
  if (isFinal(derivation.basis) || monthOf(recorded.basis) !== monthOf(derivation.basis)) return -Infinity;
  const change = Math.abs((derivation.capMicros ?? 0) - (recorded.capMicros ?? 0));
  const tier = recordingTiers.find(({ changeBasisPoints }) =>
    isShareOf(change, recorded.capMicros ?? 0, changeBasisPoints),
  );
  return recorded.recordedAtMs + (tier?.waitMs ?? 0);
};

const monthOf = (basis: CapBasis): string | undefined => ('period' in basis ? basis.period : undefined);

/** A basis that does not change any more, whatever is metered late. */
const isFinal = (basis: DerivedCap['basis']): boolean =>
  basis.kind === 'fixed' || ('status' in basis && basis.status === 'final');

const isSame = (a: Derivation, b: Derivation): boolean =>
  a.capMicros === b.capMicros && JSON.stringify(a.basis) === JSON.stringify(b.basis);

/** An observer that has fallen behind must not overwrite what a later look has found. */
const decide = ({ data }: DerivedCapCommand, last: DerivedCap | undefined): readonly DerivedCapEvent[] => {
  const isOld = last !== undefined && (data.position < last.position || data.policyVersion < last.policyVersion);
  if (isOld || (last?.policyVersion === data.policyVersion && isSame(last, data))) return [];
  return [{ type: 'CapDerived', data }];
};

/** Decides on `cap-<groupId>-<yyyy-MM>` and `organisationCap-<yyyy-MM>`. */
export const derivedCapDecider: Decider<DerivedCapCommand, DerivedCap | undefined, DerivedCapEvent> = {
  initial: undefined,
  evolve: (_last, { data }) => data,
  decide,
};
