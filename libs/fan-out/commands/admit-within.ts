import { isRefusal, type Refusal } from '#kernel/refusal.js';
import { groupNotAllowed, isForeign, ofOtherGroup, reaches } from '#kernel/reach.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { FanOutCode } from '../domain/fan-out.codes.js';
import { type Admission, type AdmissionCode, admit, type AdmissionRequest } from '../domain/admission.js';
import type { Admissions } from '../domain/admissions.js';
import type { Lease } from '../domain/lease.js';
import { locateInTree, unknownParentFanOut } from '../domain/tree-position.js';
import type { DecisionInputs } from '../domain/rules.js';
import { grantByRequestId } from '../domain/grant-by-request-id.js';
import { groupsInTree } from '../domain/tree.js';
import type { Requester } from './admission-control.js';
import { isWithin } from './fan-out-answer.js';

/** What is asked, and what was found out about it for whoever asks. */
export interface EnrichedRequest extends AdmissionRequest {
  /** The task, one above it or the user is of a group that is out of reach. */
  readonly namesOthers: boolean;
}

/**
 * Decides, unless what is asked for is out of reach. It belongs to the decision, as another process may have granted
 * something a moment before. What was granted to the same request is answered again, whatever has changed since.
 */
export const admitWithin = (
  asker: Requester,
  ask: EnrichedRequest,
  standing: DecisionInputs,
  admissions: Admissions,
  nowMs: number,
): Admission | Refusal<AdmissionCode> => {
  if (asker.reach === undefined) return admit(ask, standing, admissions, nowMs);
  const spent = grantByRequestId(ask, admissions, nowMs);
  const refused = spent === undefined ? outOfReach(asker, ask, admissions, nowMs) : ofOthers(asker, spent);
  return refused ?? admit(ask, standing, admissions, nowMs);
};

/** A request id without a group is its user's, whose grants may be of a group that is out of reach. */
const ofOthers = ({ reach }: Requester, lease: Lease): Refusal<KernelCode> | undefined =>
  isWithin(reach, lease) ? undefined : groupNotAllowed;

/** To who asks, a fan-out of others is not there; a task of others, and all that counts in its tree, is refused. */
const outOfReach = (
  { reach }: Requester,
  ask: EnrichedRequest,
  admissions: Admissions,
  nowMs: number,
): Refusal<FanOutCode | KernelCode> | undefined => {
  if (!reaches(reach, ask.groupId) && !reaches(reach, ask.askedGroupId)) return groupNotAllowed;
  const parent = ask.parentFanOutId === null ? undefined : admissions.lease(ask.parentFanOutId);
  if (parent !== undefined && !isWithin(reach, parent)) return unknownParentFanOut;
  if (ask.namesOthers) return ofOtherGroup;
  const placed = locateInTree(ask, admissions);
  if (isRefusal(placed)) return undefined;
  return isForeign(reach, groupsInTree(admissions.tree(placed.treeId), nowMs)) ? ofOtherGroup : undefined;
};
