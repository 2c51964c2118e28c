import { refuse, type Refusal } from '#kernel/refusal.js';
import { type Reach, reaches } from '#kernel/reach.js';
import type { FanOutCode } from '../domain/fan-out.codes.js';
import type { EventSourcingCode } from '#event-sourcing/commands/event-sourcing.codes.js';
import type { Admission, AdmissionCode } from '../domain/admission.js';
import type { Admissions } from '../domain/admissions.js';
import type { Lease } from '../domain/lease.js';
import type { DenialReason } from '../domain/rules.js';

/** An answer, and the moment it was made at. */
export interface Answered {
  readonly nowMs: number;
  readonly position: number;
}
export type FanOutDecision = Answered &
  (
    | {
        readonly decision: 'granted';
        readonly lease: Lease;
        readonly wouldHaveDenied: readonly DenialReason[];
        /** Made while the event store could not be reached. */
        readonly withoutStore?: true;
      }
    | {
        readonly decision: 'denied';
        /** The group it was decided for. */
        readonly groupId: string;
        readonly reasons: readonly DenialReason[];
        readonly wouldHaveDenied: readonly DenialReason[];
      }
  );

/** What a request is answered; `idempotencyConflict` if its key came with another. */
export type AdmissionAnswer = FanOutDecision | Refusal<AdmissionCode | EventSourcingCode>;

/** What became of a lease that was to be renewed or released. */
export type LeaseAnswer = (Answered & { readonly lease: Lease }) | Refusal<FanOutCode | EventSourcingCode>;

/** Answers what was decided. A grant must have been taken into account. */
export const answerTo = (
  admission: Admission,
  admissions: Admissions,
  groupId: string,
  { nowMs, position }: Answered,
): FanOutDecision => {
  if (admission.decision === 'denied') return { nowMs, position, groupId, ...admission };
  const { lease, wouldHaveDenied } =
    admission.decision === 'repeated'
      ? { lease: admission.lease, wouldHaveDenied: [] }
      : { lease: admissions.lease(admission.event.data.fanOutId), wouldHaveDenied: admission.wouldHaveDenied };
  if (lease === undefined) throw new Error('a grant has left no lease');
  return { nowMs, position, decision: 'granted', lease, wouldHaveDenied };
};

/** To a key that is limited, what others use, too, is a reason without numbers: the organisation's, and a user's slots. */
export const redactAnswer = (reach: Reach, answer: FanOutDecision): FanOutDecision => {
  if (reach === undefined) return answer;
  const shown = (reasons: readonly DenialReason[]): readonly DenialReason[] => reasons.map(withoutOthers);
  const wouldHaveDenied = shown(answer.wouldHaveDenied);
  return answer.decision === 'denied'
    ? { ...answer, reasons: shown(answer.reasons), wouldHaveDenied }
    : { ...answer, wouldHaveDenied };
};

const withoutOthers = (reason: DenialReason): DenialReason =>
  isShared(reason.scope) ? { ...reason, limit: null, used: null } : reason;

const isShared = (scope: string): boolean => scope === 'organisation' || scope.startsWith('user:');

/** Also within reach is what was asked for a group that nobody knew, and is decided as unassigned. */
export const isWithin = (reach: Reach, { granted: { groupId, askedGroupId } }: Lease): boolean =>
  reaches(reach, groupId) || reaches(reach, askedGroupId);

export const unknownFanOut = refuse(
  'unknownFanOut',
  'There is no fan-out with this id, or it ended so long ago that it is forgotten.',
);

export const leaseEnded = ({ state }: Lease): Refusal<FanOutCode> =>
  refuse('leaseEnded', `This lease is ${state}: stop its sub-tasks, and ask again for what is left.`);
