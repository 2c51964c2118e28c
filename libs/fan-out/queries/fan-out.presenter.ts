import { formatInstant } from '#kernel/instants.js';
import { heldBy, type Lease, overrunOf } from '../domain/lease.js';
import type { DenialReason } from '../domain/rules.js';
import type { Answered, FanOutDecision } from '../commands/fan-out-answer.js';

/** What a fan-out stands below; null where there is nothing, or nothing that the caller may see. */
export interface Above {
  readonly parentFanOutId: string | null;
  readonly treeId: string | null;
}

/** Fan-outs and decisions as the API shows them. */
export const toDecisionResponse = (answer: FanOutDecision, items: number) => {
  const { nowMs, wouldHaveDenied } = answer;
  const would = wouldHaveDenied.map((reason) => ({ ...toReasonResponse(reason, nowMs), wouldHaveDenied: true }));
  const more = { ...(would.length > 0 && { wouldHaveDenied: true }), asOf: toAsOfResponse(answer) };
  if (answer.decision === 'denied') {
    const reasons = [...answer.reasons.map((reason) => toReasonResponse(reason, nowMs)), ...would];
    return { decision: answer.decision, groupId: answer.groupId, items, reasons, ...more };
  }
  const { decision, lease, withoutStore } = answer;
  return { decision, ...toGrantResponse(lease, nowMs), reasons: would, withoutStore, ...more };
};

/** What would be answered. Nothing was granted, so there is no fan-out to name. */
export const toCheckResponse = (answer: FanOutDecision, items: number): object =>
  Object.fromEntries(Object.entries(toDecisionResponse(answer, items)).filter(([name]) => name !== 'fanOutId'));

/** The log position and the moment that an answer tells of. */
export const toAsOfResponse = ({ nowMs, position }: Answered) => ({
  position: String(position),
  at: formatInstant(nowMs),
});

/** What a lease allows now. */
export const toLeaseResponse = (lease: Lease, nowMs: number) => ({
  ...toGrantResponse(lease, nowMs),
  remainingItems: lease.remainingItems,
  spentMicros: lease.spentMicros,
  overrunMicros: overrunOf(lease),
});

/** Everything that is known of a fan-out to who may see what is above it. */
export const toFanOutResponse = (lease: Lease, { parentFanOutId, treeId }: Above, nowMs: number) => {
  const { requestId, groupId, userId, taskId, depth, skill, pattern } = lease.granted;
  return {
    ...toLeaseResponse(lease, nowMs),
    requestId,
    groupId,
    userId,
    taskId,
    parentFanOutId,
    treeId,
    depth,
    skill,
    pattern,
    askedConcurrency: lease.granted.askedConcurrency,
    grantedMicros: lease.granted.heldMicros,
    grantedAt: formatInstant(lease.granted.atMs),
    endedAt: lease.endedAtMs === null ? null : formatInstant(lease.endedAtMs),
  };
};

const toGrantResponse = (lease: Lease, nowMs: number) => {
  const { fanOutId, groupId, items, estimateMicros, estimateFrom } = lease.granted;
  return {
    fanOutId,
    state: lease.state,
    groupId,
    concurrency: lease.slots,
    items,
    heldMicros: heldBy(lease),
    estimatedCostMicrosPerItem: estimateMicros,
    estimateFrom,
    expiresAt: formatInstant(lease.expiresAtMs),
    expiresInSeconds: lease.state === 'live' ? secondsUntil(lease.expiresAtMs, nowMs) : 0,
  };
};

const toReasonResponse = ({ retryAtMs, ...reason }: DenialReason, nowMs: number) => ({
  ...reason,
  ...(retryAtMs !== undefined && { retryAfterSeconds: Math.max(1, Math.ceil((retryAtMs - nowMs) / 1_000)) }),
});

/** Rounded down: a client stops at expiry, and must not go on for the rest of a second. */
const secondsUntil = (atMs: number, nowMs: number): number => Math.max(0, Math.floor((atMs - nowMs) / 1_000));
