import { z } from 'zod';

/**
 * Everything that is granted, and how it ends: the events of the stream `admission`. One stream, because one decision
 * spans the organisation, a group, a user and a tree of tasks. Times are milliseconds since 1970, in admission time.
 */
const natural = z.int().nonnegative();
const name = z.string();
const nameOrNone = z.string().nullable();

/** Where an estimate came from, best first. */
export const estimateOrigins = ['caller', 'skill', 'group', 'default'] as const;

export const denialCodes = [
  'groupCapExhausted',
  'organisationCapExhausted',
  'organisationConcurrency',
  'groupConcurrency',
  'userConcurrency',
  'itemsPerFanOut',
  'treeDepth',
  'treeItems',
  'spawnRate',
  'groupPaused',
  'organisationPaused',
] as const;
export type DenialCode = (typeof denialCodes)[number];

/** What a grant says. */
export const grantedData = z.strictObject({
  fanOutId: name,
  requestId: name,
  /** A hash of what was asked: the same id with other content is a conflict. */
  content: name,
  /** `unassigned` if nobody knows the group that was asked for. */
  groupId: name,
  /** The group that was asked for: who may ask for it may go on with the grant. */
  askedGroupId: name,
  /** No group was asked for: it is the user's own of that time. */
  groupLeftOut: z.literal(true).optional(),
  userId: name,
  taskId: name,
  parentFanOutId: nameOrNone,
  /** The root task of the tree. */
  treeId: name,
  /** 1 for a fan-out without ancestors. */
  depth: z.int().positive(),
  items: z.int().positive(),
  /** How many at once were asked for, and how many were granted. */
  askedConcurrency: z.int().positive(),
  concurrency: z.int().positive(),
  /** One of the slots is lent by the parent. */
  borrowed: z.boolean(),
  estimateMicros: natural,
  estimateFrom: z.enum(estimateOrigins),
  heldMicros: natural,
  /** How much of the hold came out of the parent's. */
  movedMicros: natural,
  skill: nameOrNone,
  pattern: nameOrNone,
  atMs: natural,
  expiresAtMs: natural,
  /** Rules about money that would have denied it under `enforce`. */
  wouldHaveDenied: z.array(z.enum(denialCodes)),
  /** Spend, caps, limits and pauses were looked at as of this log position. */
  asOfPosition: natural,
});

const ended = z.strictObject({
  fanOutId: name,
  atMs: natural,
  /** Metered with its id and charged to its group, as far as it was known at the end; 2^53 - 1 if it was more. */
  spentMicros: natural,
  /** The digits, if it was more. */
  spentMicrosExact: z.string().optional(),
  /** How much of the hold goes back to the parent's. */
  returnedMicros: natural,
});

export const fanOutEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('FanOutGranted'), data: grantedData }),
  z.strictObject({
    type: z.literal('FanOutRenewed'),
    data: z.strictObject({
      fanOutId: name,
      atMs: natural,
      expiresAtMs: natural,
      concurrency: z.int().positive(),
      remainingItems: natural,
    }),
  }),
  z.strictObject({ type: z.literal('FanOutReleased'), data: ended }),
  z.strictObject({ type: z.literal('FanOutExpired'), data: ended }),
]);
export type FanOutEvent = z.infer<typeof fanOutEvent>;
export type FanOutGranted = Extract<FanOutEvent, { type: 'FanOutGranted' }>;

/** Types of the events of the stream `admission`. */
export const fanOutEventTypes: readonly string[] = fanOutEvent.options.map((event) => event.shape.type.value);
const types: ReadonlySet<string> = new Set(fanOutEventTypes);
export const isFanOutEvent = (event: { readonly type: string; readonly data: object }): event is FanOutEvent =>
  types.has(event.type);

/** The one stream of all admissions. */
export const admissionStream = 'admission';
