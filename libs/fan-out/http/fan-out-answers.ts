import { z } from 'zod';
import { denialCodes, estimateOrigins } from '../domain/fan-out.events.js';
import { sumField } from '#http/big-sums.js';

/** What the API answers about fan-outs, for the OpenAPI document. An answer may get more fields. */
const natural = z.int().nonnegative();
const micros = natural.describe("Micros of the organisation's currency.");
const instant = z.string().meta({ format: 'date-time' });

const reason = z.looseObject({
  code: z.enum(denialCodes),
  scope: z.string().describe('`organisation`, `group:<id>`, `user:<id>`, `tree:<root task>` or `fanOut`.'),
  limit: natural.nullable().describe('Null, like `used` and `requested`, where it is not about numbers.'),
  ...sumField('used', natural),
  requested: natural.nullable(),
  retryAfterSeconds: z.int().min(1).optional().describe('When time, or the end of a lease, may help.'),
  unsatisfiable: z.literal(true).optional().describe('It can never fit as it is.'),
  wouldHaveDenied: z.literal(true).optional().describe('A rule about money that does not deny, as it is not enforced.'),
});

const decidedFor =
  'The group it was decided for: the one that was asked for, else the user’s own, else `unassigned`; also `unassigned` for a group nobody knows, if the organisation’s `unknownGroups` says so.';

const grant = z.looseObject({
  fanOutId: z.string(),
  state: z.enum(['live', 'released', 'expired']),
  groupId: z.string().describe(decidedFor),
  concurrency: natural.describe('Sub-tasks that may run at once now.'),
  items: z.int().min(1),
  heldMicros: micros.describe('What is still set aside.'),
  estimatedCostMicrosPerItem: micros,
  estimateFrom: z.enum(estimateOrigins),
  expiresAt: instant,
  expiresInSeconds: natural.describe('Rounded down; 0 when it has ended.'),
});

const asOf = z.looseObject({
  position: z.string().describe('Money, limits and pauses are exact at this log position.'),
  at: instant,
});

const decided = z.looseObject({
  reasons: z.array(reason).describe('Every rule that binds.'),
  wouldHaveDenied: z.literal(true).optional(),
  asOf,
});

const withoutStore = z
  .literal(true)
  .optional()
  .describe('The event store could not be reached: only this process knows the lease.');

const denied = z.looseObject({
  decision: z.literal('denied'),
  groupId: z.string().describe(decidedFor),
  items: z.int().min(1),
  ...decided.shape,
});

/** `POST /fan-outs` */
export const fanOutDecision = z.discriminatedUnion('decision', [
  z.looseObject({ decision: z.literal('granted'), ...grant.shape, withoutStore, ...decided.shape }),
  denied,
]);

/** `POST /fan-outs/check`: there is no fan-out to name. */
export const fanOutCheck = z.discriminatedUnion('decision', [
  z.looseObject({ decision: z.literal('granted'), ...grant.omit({ fanOutId: true }).shape, ...decided.shape }),
  denied,
]);

const lease = z.looseObject({
  ...grant.shape,
  remainingItems: natural,
  ...sumField('spentMicros', z.int().describe('Metered with its id and charged to its group.')),
  ...sumField('overrunMicros', micros.describe('What was spent beyond the hold.')),
});

/** What a renewal and a release answer. */
export const fanOutLease = lease.extend({ asOf });

const known = z.looseObject({
  ...lease.shape,
  requestId: z.string(),
  userId: z.string(),
  taskId: z.string(),
  parentFanOutId: z.string().nullable(),
  treeId: z
    .string()
    .nullable()
    .describe('The root task of its tree. Null, like the parent, if your key does not reach its group.'),
  depth: z.int().min(1),
  skill: z.string().nullable(),
  pattern: z.string().nullable(),
  askedConcurrency: z.int().min(1),
  grantedMicros: micros.describe('What was set aside at first.'),
  grantedAt: instant,
  endedAt: instant.nullable(),
});

/** Everything that is known of one. */
export const fanOutResponse = known.extend({ asOf });

/** `GET /fan-outs` */
export const fanOutPage = z.looseObject({
  items: z.array(known),
  nextCursor: z.string().nullable().describe('Null on the last page.'),
  asOf,
});
