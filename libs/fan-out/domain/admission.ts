import { millisecondsInDay } from 'date-fns/constants';
import { fingerprintText } from '#kernel/fingerprint.js';
import { maxMicros, type Micros, saturated } from '#kernel/money.js';
import { type Refusal, refuse } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import type { FanOutCode } from './fan-out.codes.js';
import type { Admissions } from './admissions.js';
import type { FanOutEvent, FanOutGranted } from './fan-out.events.js';
import { type Lease, transferable, requestKey, returnedAtEnd, scopesOf } from './lease.js';
import { locateInTree } from './tree-position.js';
import {
  canBorrow,
  moneyRules,
  type DenialReason,
  type Request,
  rules,
  slotsLeft,
  type DecisionInputs,
} from './rules.js';
import { grantByRequestId } from './grant-by-request-id.js';

/** May so many items start, and how many at once? */
export interface AdmissionRequest {
  readonly requestId: string;
  /** Whose the request id is, as `requestScope` gives it. */
  readonly requestScope: string;
  readonly content: string;
  /** What the request id was granted last, as the log tells; it may be forgotten otherwise. */
  readonly lastGrant: Lease | undefined;
  /** Whose money and slots are asked for. */
  readonly groupId: string;
  /** What the caller said, or the user's own; another one if nobody knows it. */
  readonly askedGroupId: string;
  /** No group was asked for. */
  readonly groupLeftOut?: true | undefined;
  readonly userId: string;
  readonly taskId: string;
  readonly parentFanOutId: string | null;
  /** The task and the tasks above it, as far as they are metered: itself first, the root last. */
  readonly lineage: readonly string[];
  readonly items: number;
  readonly concurrency: number;
  readonly estimateMicros: number;
  readonly estimateFrom: FanOutGranted['data']['estimateFrom'];
  readonly skill: string | null;
  readonly pattern: string | null;
  readonly leaseMs: number;
  /** Why nothing new may be granted; what was granted before is found all the same. */
  readonly refused?: Refusal<DirectoryCode | KernelCode> | undefined;
}

/** Besides its own, what the groups and ids of a request are refused with. */
export type AdmissionCode = FanOutCode | DirectoryCode | KernelCode;

export type Admission =
  | { readonly decision: 'granted'; readonly event: FanOutGranted; readonly wouldHaveDenied: readonly DenialReason[] }
  | { readonly decision: 'repeated'; readonly lease: Lease }
  | {
      readonly decision: 'denied';
      readonly reasons: readonly DenialReason[];
      readonly wouldHaveDenied: readonly DenialReason[];
    };

/** No lease lives longer, however often it is renewed (docs/domain.md, The fan-out). */
const longestLeaseMs = millisecondsInDay;
const idSeed = 0xfa0;

/**
 * Decides on one request, against what stands at this moment. Leases whose time has passed must have been ended before
 * (`expire`). Pure but for what it reads: nothing is changed.
 *
 * @param nowMs admission time, milliseconds since 1970
 */
export const admit = (
  ask: AdmissionRequest,
  standing: DecisionInputs,
  admissions: Admissions,
  nowMs: number,
): Admission | Refusal<AdmissionCode> => {
  const known = grantByRequestId(ask, admissions, nowMs);
  if (known !== undefined) {
    return known.granted.content === ask.content
      ? { decision: 'repeated', lease: known }
      : refuse('requestIdConflict', 'This requestId has been granted for another request; use a new one.');
  }
  if (ask.refused !== undefined) return ask.refused;
  const placed = locateInTree(ask, admissions);
  if ('refused' in placed) return placed;
  const heldMicros = ask.items * ask.estimateMicros;
  if (!Number.isSafeInteger(heldMicros)) {
    return refuse(
      'holdTooLarge',
      'items x estimate passes what an amount can be; ask for fewer items, or say estimatedCostMicrosPerItem.',
    );
  }
  const { groupId, userId, items } = ask;
  const request: Request = { groupId, userId, items, ...placed, heldMicros, nowMs };
  const money = moneyRules.flatMap(({ rule, budgetOf }) => {
    const reason = rule(request, standing, admissions);
    return reason === undefined ? [] : [{ reason, denies: budgetOf(standing).enforces }];
  });
  const reasons = [
    ...rules.flatMap((rule) => rule(request, standing, admissions) ?? []),
    ...money.filter(({ denies }) => denies).map(({ reason }) => reason),
  ];
  const wouldHaveDenied = money.filter(({ denies }) => !denies).map(({ reason }) => reason);
  return reasons.length > 0
    ? { decision: 'denied', reasons, wouldHaveDenied }
    : { decision: 'granted', event: grant(ask, request, standing, admissions, wouldHaveDenied), wouldHaveDenied };
};

const grant = (
  ask: AdmissionRequest,
  request: Request,
  { limits, position }: DecisionInputs,
  admissions: Admissions,
  wouldHaveDenied: readonly DenialReason[],
): FanOutGranted => {
  const { requestId, content, groupId, askedGroupId, userId, taskId, parentFanOutId, items, skill, pattern } = ask;
  const { treeId, depth, parent, heldMicros, nowMs } = request;
  const askedConcurrency = Math.min(ask.concurrency, items);
  const slots = slotsFor(askedConcurrency, { groupId, userId, parent }, limits, admissions);
  return {
    type: 'FanOutGranted',
    data: {
      fanOutId: fanOutIdOf(ask.requestScope, requestId, nowMs),
      requestId,
      content,
      groupId,
      askedGroupId,
      ...(ask.groupLeftOut === true && { groupLeftOut: true as const }),
      userId,
      taskId,
      parentFanOutId,
      treeId,
      depth,
      items,
      askedConcurrency,
      concurrency: slots,
      borrowed: canBorrow(parent),
      estimateMicros: ask.estimateMicros,
      estimateFrom: ask.estimateFrom,
      heldMicros,
      movedMicros: transferable(parent, groupId, heldMicros),
      skill,
      pattern,
      atMs: nowMs,
      expiresAtMs: nowMs + ask.leaseMs,
      wouldHaveDenied: wouldHaveDenied.map(({ code }) => code),
      asOfPosition: position,
    },
  };
};

/** Of what it means: a request id that is spent again later, after a day, makes another id. */
const fanOutIdOf = (scope: string, requestId: string, nowMs: number): string =>
  `fo_${fingerprintText(`${requestKey(scope, requestId)}\n${String(nowMs)}`, idSeed)}`;

/** As many slots as were asked for, as far as every scope has them. */
const slotsFor = (
  asked: number,
  request: Pick<Request, 'groupId' | 'userId' | 'parent'>,
  limits: DecisionInputs['limits'],
  admissions: Admissions,
): number => {
  const { organisation, group, user } = scopesOf(request);
  return Math.min(
    asked,
    slotsLeft(organisation, limits.organisationConcurrency, request, admissions),
    slotsLeft(group, limits.groupConcurrency, request, admissions),
    slotsLeft(user, limits.userConcurrency, request, admissions),
  );
};

/** How a lease is renewed. */
export interface Renewal {
  /** Items still to do; as many as before if undefined. */
  readonly remainingItems: number | undefined;
  /** How long it runs from now. */
  readonly leaseMs: number;
}

/**
 * Renews a live lease: its end moves, its slots go down to what is left to do, or up to what was asked for if they are
 * free. Never denied.
 */
export const renew = (
  lease: Lease,
  { remainingItems, leaseMs }: Renewal,
  { limits }: DecisionInputs,
  admissions: Admissions,
  nowMs: number,
): FanOutEvent => {
  const { fanOutId, groupId, userId, askedConcurrency, atMs } = lease.granted;
  const remaining = Math.min(remainingItems ?? lease.remainingItems, lease.remainingItems);
  // What is lent cannot be given up, and a lease without a slot would be none.
  const least = Math.max(1, lease.borrowers.length);
  const wanted = Math.max(least, Math.min(askedConcurrency, remaining));
  const more = slotsFor(wanted - lease.slots, { groupId, userId, parent: undefined }, limits, admissions);
  return {
    type: 'FanOutRenewed',
    data: {
      fanOutId,
      atMs: nowMs,
      expiresAtMs: Math.max(lease.expiresAtMs, Math.min(nowMs + leaseMs, atMs + longestLeaseMs)),
      concurrency: wanted <= lease.slots ? wanted : lease.slots + Math.max(0, more),
      remainingItems: remaining,
    },
  };
};

/** Ends a live lease: `released` by its caller, or `expired`. */
export const end = (
  type: 'FanOutReleased' | 'FanOutExpired',
  lease: Lease,
  admissions: Admissions,
  nowMs: number,
): FanOutEvent => {
  const { fanOutId, parentFanOutId } = lease.granted;
  const parent = parentFanOutId === null ? undefined : admissions.live(parentFanOutId);
  const returnedMicros = returnedAtEnd(lease, parent);
  return { type, data: { fanOutId, atMs: nowMs, ...storedSpent(lease.spentMicros), returnedMicros } };
};

const storedSpent = (spentMicros: Micros) => ({
  spentMicros: Math.max(0, saturated(spentMicros)),
  ...(spentMicros > maxMicros && { spentMicrosExact: String(spentMicros) }),
});

/**
 * Ends every lease whose time has passed, one after another: a child may give back to a parent that ends next.
 *
 * @param evolve takes each end into account before the next is decided
 */
export const expire = (admissions: Admissions, nowMs: number, evolve: (event: FanOutEvent) => void): void => {
  for (const fanOutId of admissions.due(nowMs)) {
    const lease = admissions.live(fanOutId);
    if (lease !== undefined) evolve(end('FanOutExpired', lease, admissions, nowMs));
  }
};
