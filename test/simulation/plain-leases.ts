import type { Surroundings } from '#test/support/admission-room.js';
import type { PublishedPrice, SentRecord } from '#test/support/generators.js';
import { createModel, identityOf } from '#test/support/model.js';
import { hasSlotToLend, type PlainGrant, slotsOf } from '#test/support/plain-judge.js';

/** One of them can be written in two ways. */
export const groups = ['eng', 'ops', 'caf\u00e9'] as const;
export type Group = (typeof groups)[number];

/** A lease as the model has it. */
export interface PlainLease extends PlainGrant {
  readonly groupId: Group;
  readonly fanOutId: string;
  readonly askedSlots: number;
  readonly movedMicros: number;
  remainingItems: number;
  /** Set aside, spent or not. */
  holdMicros: number;
  spentMicros: bigint;
  expiresAtMs: number;
  endedAtMs: number | null;
  state: 'live' | 'released' | 'expired';
}

export interface PlainRecord {
  readonly id: string;
  readonly identity: string;
  readonly groupId: Group;
  readonly sent: SentRecord;
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

  /** What every record costs: worked out anew from all of them whenever one or a price is new. */
  const book = createModel();
  let lastMs = 0;

  const costOf = ({ identity }: PlainRecord): bigint => BigInt(book.chargeOf(identity)?.costMicros ?? 0);
  const remain = (lease: PlainLease): void => {
    const left = BigInt(lease.holdMicros) - lease.spentMicros;
    lease.heldMicros = lease.isLive && left > 0n ? Number(left) : 0;
  };
  const charge = (): void => {
    const costs = records.map((one) => ({ ...one, cost: costOf(one) }));
    leases.forEach((lease, place) => {
      lease.spentMicros = costs
        .filter((one) => one.lease === place && one.groupId === lease.groupId)
        .reduce((sum, { cost }) => sum + cost, 0n);
      remain(lease);
    });
  };
  const month = (instant: string): string => instant.slice(0, 7);
  const spent = (groupId: Group | null, nowMs: number): bigint =>
    records
      .filter((one) => (groupId ?? one.groupId) === one.groupId)
      .filter(({ sent }) => month(sent.occurredAt) === month(new Date(nowMs).toISOString()))
      .reduce((sum, one) => sum + costOf(one), 0n);

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

  const end = (lease: PlainLease, state: 'released' | 'expired', nowMs: number): void => {
    lastMs = nowMs;
    const parent = lease.parent === null ? undefined : leases[lease.parent];
    if (parent?.isLive === true) {
      parent.holdMicros += Math.min(lease.heldMicros, lease.movedMicros);
      remain(parent);
    }
    endLoans(lease);
    Object.assign(lease, { isLive: false, slots: 0, state, endedAtMs: nowMs });
    remain(lease);
  };

  return {
    leases,
    records,
    limits,
    caps,
    spent,
    end,

    /** Time does not go back behind the last thing that was decided, whatever a clock says. */
    admissionMs: (clockMs: number): number => Math.max(clockMs, lastMs),
    /** Something was decided. */
    decided(nowMs: number): void {
      lastMs = nowMs;
    },

    /** What time has ended, the earliest first, and at one instant those below before those above. */
    expire(nowMs: number): void {
      leases
        .filter(({ isLive, expiresAtMs }) => isLive && expiresAtMs <= nowMs)
        .sort(
          (one, other) =>
            one.expiresAtMs - other.expiresAtMs || other.depth - one.depth || (one.fanOutId < other.fanOutId ? -1 : 1),
        )
        .forEach((lease) => {
          end(lease, 'expired', nowMs);
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
      lastMs = lease.atMs;
      const parent = lease.parent === null ? undefined : leases[lease.parent];
      if (parent !== undefined) {
        parent.holdMicros -= lease.movedMicros;
        remain(parent);
      }
      leases.push(lease);
      lend(lease, lease.lender);
    },

    /** @param groupId what it is charged to */
    meter(sent: SentRecord, groupId: Group, lease: number): void {
      const identity = identityOf(sent);
      book.count({ ...sent, groupId });
      records.push({ id: sent.id, identity, groupId, sent, lease, isVoid: false });
      charge();
    },
    void(record: PlainRecord): void {
      record.isVoid = true;
      book.void(record.identity);
      charge();
    },
    publish(price: PublishedPrice): void {
      book.publish(price);
      charge();
    },
  };
};
