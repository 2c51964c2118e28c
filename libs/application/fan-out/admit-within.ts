import { isRefusal, type Refusal } from '#kernel/refusal.js';
import { type Admission, admit, type AskFanOut, unknownParentFanOut } from '#domain/fan-out/admission.js';
import type { Admissions } from '#domain/fan-out/admissions.js';
import type { Standing } from '#domain/fan-out/rules.js';
import type { Asker } from './admission-desk.js';
import { groupNotAllowed, isWithin } from './fan-out-answer.js';

/**
 * Decides, unless it is on the slot and the hold of a fan-out that is out of reach: to who asks, that one is not there.
 * It belongs to the decision, as another process may have granted the parent a moment before.
 */
export const admitWithin = (
  { reach }: Asker,
  ask: AskFanOut,
  standing: Standing,
  admissions: Admissions,
  nowMs: number,
): Admission | Refusal => {
  const parent = ask.parentFanOutId === null ? undefined : admissions.lease(ask.parentFanOutId);
  if (ask.refused === undefined && parent !== undefined && !isWithin(reach, parent)) return unknownParentFanOut;
  const admission = admit(ask, standing, admissions, nowMs);
  const isOfAnother = !isRefusal(admission) && admission.decision === 'repeated' && !isWithin(reach, admission.lease);
  return isOfAnother ? groupNotAllowed : admission;
};
