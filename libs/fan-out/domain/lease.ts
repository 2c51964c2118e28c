import { millisecondsInDay } from 'date-fns/constants';
import { addMicros, type Micros } from '#kernel/money.js';
import type { FanOutGranted } from './fan-out.events.js';

/**
 * Lease: a fan-out as it stands: its lease, its hold, and what was metered with its id. Replaced whenever it changes.
 */
export interface Lease {
  readonly granted: FanOutGranted['data'];
  readonly state: 'live' | 'released' | 'expired';
  /** Sub-tasks that may run at once now; one of them may be the parent's slot. */
  readonly slots: number;
  readonly remainingItems: number;
  /** The live lease above it, on one of whose slots it runs; null: all of them are its own. */
  readonly lender: string | null;
  /** Live leases below it that run on a slot of this one, in the order in which they were lent one. */
  readonly borrowers: readonly string[];
  /** What is set aside now, spent or not: less what went to children, more what came back. */
  readonly holdMicros: number;
  /** Metered with its id and charged to its group; not below 0. */
  readonly spentMicros: Micros;
  readonly expiresAtMs: number;
  readonly endedAtMs: number | null;
}

/** A request id is spent for so long after the end of its grant (docs/domain.md, The fan-out). */
const spentMs = millisecondsInDay;

/** Whether the grant still spends its request id. */
export const spendsRequest = ({ endedAtMs }: Lease, nowMs: number): boolean => nowMs < (endedAtMs ?? nowMs) + spentMs;

interface Scoped {
  readonly groupId?: string | undefined;
  readonly userId: string;
}

/**
 * Whose a request id is: the group's that is asked for, so that nobody can spend those of another; without one, the
 * user's, whatever group is theirs by then. No id holds the separator.
 */
export const requestScope = ({ groupId, userId }: Scoped): string => groupId ?? `\n${userId}`;

export const requestKey = (scope: string, requestId: string): string => `${scope}\n${requestId}`;

/** The scope of the request that was granted. */
export const scopeOfGrant = ({ askedGroupId, userId, groupLeftOut }: FanOutGranted['data']): string =>
  requestScope(groupLeftOut === true ? { userId } : { groupId: askedGroupId, userId });

export const leaseOf = (granted: FanOutGranted['data']): Lease => ({
  granted,
  state: 'live',
  slots: granted.concurrency,
  remainingItems: granted.items,
  lender: null,
  borrowers: [],
  holdMicros: granted.heldMicros,
  spentMicros: 0,
  expiresAtMs: granted.expiresAtMs,
  endedAtMs: null,
});

/**
 * The order in which leases end by themselves. At one instant a child ends before its parent, so that what it gives back
 * goes on upwards; the ids decide the rest, so that the order is the same after a restart and in every process.
 */
export const byEnd = (one: Lease, other: Lease): number =>
  one.expiresAtMs - other.expiresAtMs ||
  other.granted.depth - one.granted.depth ||
  (one.granted.fanOutId < other.granted.fanOutId ? -1 : 1);

/** What is still set aside, in micros: spend draws the hold down, and an ended lease holds nothing. */
export const heldBy = ({ state, holdMicros, spentMicros }: Lease): number =>
  state === 'live' && spentMicros < holdMicros ? holdMicros - Math.max(0, Number(spentMicros)) : 0;

/** What was spent beyond the hold. */
export const overrunOf = ({ holdMicros, spentMicros }: Lease): Micros =>
  spentMicros > holdMicros ? addMicros(spentMicros, -holdMicros) : 0;

/** Whatever of the hold its children could have, in micros. */
export const transferable = (parent: Lease | undefined, groupId: string, wantedMicros: number): number =>
  parent?.granted.groupId === groupId ? Math.min(heldBy(parent), wantedMicros) : 0;

/** What they could have when all that went to other children has come back, in micros. */
export const movableAtBest = (parent: Lease | undefined, groupId: string, wantedMicros: number): number =>
  transferable(parent && { ...parent, holdMicros: parent.granted.heldMicros }, groupId, wantedMicros);

/** How much goes back to the parent when a lease ends: what came from it and was not spent. 0 if the parent has ended. */
export const returnedAtEnd = (lease: Lease, parent: Lease | undefined): number =>
  parent?.state === 'live' ? Math.min(heldBy(lease), lease.granted.movedMicros) : 0;

/** Scopes whose slots a lease takes. */
export const scopesOf = ({ groupId, userId }: { readonly groupId: string; readonly userId: string }) =>
  ({ organisation: 'organisation', group: `group:${groupId}`, user: `user:${userId}` }) as const;
