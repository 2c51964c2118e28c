import type { Surroundings } from '#test/support/admission-room.js';
import { hasSlotToLend, type PlainGrant, slotsOf } from '#test/support/plain-judge.js';

export const groups = ['eng', 'ops'] as const;
export type Group = (typeof groups)[number];

/** A lease as the model has it. */
export interface PlainLease extends PlainGrant {
  readonly fanOutId: string;
  readonly requestId: string;
  readonly askedSlots: number;
  readonly movedMicros: number;
  remainingItems: number;
  /** Set aside, spent or not. */
  holdMicros: number;
  spentMicros: number;
  expiresAtMs: number;
  state: 'live' | 'released' | 'expired';
}

export interface PlainRecord {
  readonly id: string;
  readonly groupId: Group;
  readonly micros: number;
  readonly atMs: number;
  /** The lease it was metered for, by its place. */
  readonly lease: number;
  isVoid: boolean;
}

type Limits = Pick<Surroundings, 'itemsPerFanOut' | 'treeDepth' | 'treeItems' | 'spawnsPerMinute'> & {
  readonly concurrency?: number;
  readonly perUser?: number;
  readonly paused?: boolean;
};
interface Cap {
  readonly capMicros: number;
  readonly enforces: boolean;
}

/** Everything that was granted, metered and set, as plain lists. */
export const createPlainLeases = () => {
  const leases: PlainLease[] = [];
  const records: PlainRecord[] = [];
  const limits = new Map<Group | null, Limits>();
  const caps = new Map<Group | null, Cap>();

  const remain = (lease: PlainLease): void => {
    lease.heldMicros = lease.isLive ? Math.max(0, lease.holdMicros - lease.spentMicros) : 0;
  };
  const month = (ms: number): string => new Date(ms).toISOString().slice(0, 7);
  const spent = (groupId: Group | null, nowMs: number): number =>
    records
      .filter((one) => !one.isVoid && (groupId ?? one.groupId) === one.groupId && month(one.atMs) === month(nowMs))
      .reduce((sum, { micros }) => sum + micros, 0);

  /** What runs on a slot of another's, in the order in which they were lent one. */
  const loans: PlainLease[] = [];
  const lend = (lease: PlainLease, lender: number | null): void => {
    if (loans.includes(lease)) loans.splice(loans.indexOf(lease), 1);
    if (lender !== null) loans.push(lease);
    lease.lender = lender;
  };
  const endLoans = (lease: PlainLease): void => {
    const { lender, slots } = lease;
    const borrowers = loans.filter((one) => one.lender === leases.indexOf(lease));
    for (const one of [lease, ...borrowers]) lend(one, null);
    if (borrowers.length === slots) lend(borrowers[0], lender);
  };

  const end = (lease: PlainLease, state: 'released' | 'expired'): void => {
    const parent = lease.parent === null ? undefined : leases[lease.parent];
    if (parent?.isLive === true) {
      parent.holdMicros += Math.min(lease.heldMicros, lease.movedMicros);
      remain(parent);
    }
    endLoans(lease);
    Object.assign(lease, { isLive: false, slots: 0, state });
    remain(lease);
  };

  return {
    leases,
    records,
    limits,
    caps,
    spent,
    end,

    /** What time has ended, the earliest first. */
    expire(nowMs: number): void {
      leases
        .filter(({ isLive, expiresAtMs }) => isLive && expiresAtMs <= nowMs)
        .sort((one, other) => one.expiresAtMs - other.expiresAtMs)
        .forEach((lease) => {
          end(lease, 'expired');
        });
    },

    around(groupId: Group, nowMs: number): Surroundings {
      const [all, own] = [limits.get(null) ?? {}, limits.get(groupId) ?? {}];
      const purse = (scope: Group | null) => {
        const { capMicros = null, enforces = false } = caps.get(scope) ?? {};
        return { capMicros, enforces, spentMicros: spent(scope, nowMs) };
      };
      return {
        itemsPerFanOut: own.itemsPerFanOut ?? all.itemsPerFanOut ?? 200,
        treeDepth: own.treeDepth ?? all.treeDepth ?? 3,
        treeItems: own.treeItems ?? all.treeItems ?? 1_000,
        spawnsPerMinute: own.spawnsPerMinute ?? all.spawnsPerMinute ?? 300,
        organisationConcurrency: all.concurrency ?? null,
        groupConcurrency: own.concurrency ?? null,
        userConcurrency: own.perUser ?? all.perUser ?? null,
        organisationPaused: all.paused ?? false,
        groupPaused: own.paused ?? false,
        group: purse(groupId),
        organisation: purse(null),
      };
    },

    /** How many slots of so many there are, with one of the parent's where it has one. */
    slotsFor(wanted: number, groupId: Group, userId: string, parent: number | null, around: Surroundings): number {
      const left = [
        ['organisation', around.organisationConcurrency],
        [`group:${groupId}`, around.groupConcurrency],
        [`user:${userId}`, around.userConcurrency],
      ] as const;
      const scopesOfParent =
        parent === null ? [] : ['organisation', `group:${leases[parent].groupId}`, `user:${leases[parent].userId}`];
      return Math.min(
        wanted,
        ...left.map(([scope, limit]) => {
          if (limit === null || limit === undefined) return Infinity;
          const lends = scopesOfParent.includes(scope) && hasSlotToLend(parent, leases);
          return limit - slotsOf(scope, leases) + (lends ? 1 : 0);
        }),
      );
    },

    grant(lease: PlainLease): void {
      const parent = lease.parent === null ? undefined : leases[lease.parent];
      if (parent !== undefined) {
        parent.holdMicros -= lease.movedMicros;
        remain(parent);
      }
      leases.push(lease);
      lend(lease, lease.lender);
    },

    meter(record: PlainRecord): void {
      records.push(record);
      const lease = leases[record.lease];
      if (lease.groupId !== record.groupId) return;
      lease.spentMicros += record.micros;
      remain(lease);
    },
    void(record: PlainRecord): void {
      record.isVoid = true;
      const lease = leases[record.lease];
      if (lease.groupId !== record.groupId) return;
      lease.spentMicros -= record.micros;
      remain(lease);
    },
  };
};
