import { z } from 'zod';

const limit = z.int().nonnegative().nullable();

/** What a scope sets; null is not set. */
export const limits = z.strictObject({
  /** Sub-tasks at once in the scope. */
  maxConcurrency: limit,
  /** Sub-tasks at once for one user, wherever they run. */
  maxConcurrencyPerUser: limit,
  maxItemsPerFanOut: limit,
  /** How many fan-outs may stand above each other. */
  maxTreeDepth: limit,
  /** Items of one tree within 24 hours. */
  maxTreeItems: limit,
  /** Items of one tree within a minute. */
  maxSpawnsPerMinute: limit,
  paused: z.boolean(),
});
export type Limits = Readonly<z.infer<typeof limits>>;

export const limitsEvent = z.strictObject({
  type: z.literal('LimitsSet'),
  /** `groupId` null: the organisation. */
  data: z.strictObject({ groupId: z.string().nullable(), limits }),
});
export type LimitsEvent = z.infer<typeof limitsEvent>;

export const isLimitsEvent = (event: { readonly type: string; readonly data: object }): event is LimitsEvent =>
  event.type === 'LimitsSet';

export const limitsStreamOf = (groupId: string | null): string =>
  groupId === null ? 'organisationLimits' : `limits-${groupId}`;
