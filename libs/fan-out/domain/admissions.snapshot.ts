import { z } from 'zod';
import { fanOutEvent } from './fan-out.events.js';
import type { Lease } from './lease.js';

const [granted] = fanOutEvent.options;

const treeEntry = z.strictObject({
  atMs: z.int(),
  items: z.int(),
  groupId: z.string(),
  askedGroupId: z.string(),
});
const taskPlace = z.strictObject({
  treeId: z.string(),
  depth: z.int(),
  leases: z.int(),
  groupIds: z.array(z.string()).readonly(),
});

/** Admissions as a snapshot keeps them: what can be added up again is left out. */
export const savedAdmissions = z.strictObject({
  revision: z.int().min(-1),
  lastMs: z.int(),
  /** In the order of their grants. */
  leases: z.array(
    z.strictObject({
      granted: granted.shape.data,
      state: z.enum(['live', 'released', 'expired']),
      slots: z.int(),
      remainingItems: z.int(),
      lender: z.string().nullable(),
      borrowers: z.array(z.string()).readonly(),
      holdMicros: z.int(),
      // What was metered for one fan-out may pass what an amount can be: then these are its digits.
      spentMicros: z.union([z.number(), z.string().transform(BigInt)]),
      expiresAtMs: z.int(),
      endedAtMs: z.int().nullable(),
    }),
  ),
  trees: z.array(z.tuple([z.string(), z.array(treeEntry).readonly()])),
  /** Where tasks stand that have asked, and how many leases of which groups are known. */
  places: z.array(z.tuple([z.string(), taskPlace])),
  /** In the order of their ends. */
  ended: z.array(z.string()),
});
export type SavedAdmissions = z.input<typeof savedAdmissions>;

/** A lease as a snapshot can hold it; nearly always it is the lease itself. */
export const savedLease = (lease: Lease): SavedAdmissions['leases'][number] => {
  if (isPlain(lease)) return lease;
  return { ...lease, spentMicros: String(lease.spentMicros) };
};

const isPlain = (lease: Lease): lease is Lease & { readonly spentMicros: number } =>
  typeof lease.spentMicros === 'number';
