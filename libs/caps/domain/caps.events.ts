import { z } from 'zod';
import { maxMicros, type Micros, saturated } from '#kernel/money.js';

/** Null is the organisation: the pooled cap over all groups. */
const scope = z.string().max(255).nullable();
const micros = z.int().min(0).max(maxMicros);
const basisPoints = z.int().min(0);
const period = z.string().regex(/^\d{4}-\d{2}$/);

export const enforcements = ['observe', 'alert', 'enforce'] as const;

/** Where a cap comes from. Multiples are in basis points: 13,000 is 1.3. */
export const capPolicy = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('priorMonthMultiple'),
    multipleBasisPoints: basisPoints,
    floorMicros: micros.optional(),
    ceilingMicros: micros.optional(),
  }),
  z.strictObject({ kind: z.literal('fixed'), capMicros: micros }),
]);
export type CapPolicy = Readonly<z.infer<typeof capPolicy>>;

/**
 * What the cap was derived from. `actual`: the whole month before. `scaled`: a month the group began in, scaled to its
 * length. `fixed`: the policy names the cap. `insufficientHistory`: there is no month to go by, and no cap, unless its
 * `source` says that it is the one the organisation has for new groups.
 */
export const capBasis = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.enum(['actual', 'scaled']),
    period,
    /** What was spent in that month; 2^53 - 1 if it was more, and then its digits beside it. */
    actualMicros: micros,
    actualMicrosExact: z.string().optional(),
    /** Days of history in that month, and days of the month; equal unless it is scaled. */
    historyDays: z.int(),
    days: z.int(),
    status: z.enum(['provisional', 'final']),
  }),
  z.strictObject({ kind: z.enum(['fixed', 'insufficientHistory']), source: z.literal('newGroupCap').optional() }),
]);
export type CapBasis = Readonly<z.infer<typeof capBasis>>;
type Actual = Pick<Extract<CapBasis, { readonly period: string }>, 'actualMicros' | 'actualMicrosExact'>;

/** What was spent in the month of a basis. */
export const actualOf = ({ actualMicros, actualMicrosExact }: Actual): Micros =>
  actualMicrosExact === undefined ? actualMicros : BigInt(actualMicrosExact);

/** The same as an event holds it. */
export const storedActual = (micros: Micros): Actual => ({
  actualMicros: saturated(micros),
  ...(typeof micros === 'bigint' && { actualMicrosExact: String(micros) }),
});

/** How a scope is governed: everything about its cap that a person chooses. */
export const capSettings = z.strictObject({
  policy: capPolicy,
  enforcement: z.enum(enforcements),
  /** Ascending, in basis points of the cap: 8,000 is 0.8. */
  thresholdsBasisPoints: z.array(basisPoints),
  /** A user with more of the group's month than this is told of. */
  userShareBasisPoints: basisPoints,
});
export type CapSettings = Readonly<z.infer<typeof capSettings>>;

/** Events of the streams `capPolicy-<groupId>` and `organisationCapPolicy`. */
export const capPolicyEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('CapPolicySet'), data: z.strictObject({ groupId: scope, settings: capSettings }) }),
  z.strictObject({
    type: z.literal('CapToppedUp'),
    data: z.strictObject({ groupId: scope, period, amountMicros: micros }),
  }),
]);
export type CapPolicyEvent = z.infer<typeof capPolicyEvent>;

/** Where choices about a group, or the organisation (null), are. */
export const capPolicyStreamOf = (groupId: string | null): string =>
  groupId === null ? 'organisationCapPolicy' : `capPolicy-${groupId}`;

/** Events of the streams `cap-<groupId>-<yyyy-MM>` and `organisationCap-<yyyy-MM>`. */
export const derivedCapEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('CapDerived'),
    data: z.strictObject({
      groupId: scope,
      period,
      /** Without top-ups; null when there is none. */
      capMicros: micros.nullable(),
      policy: capPolicy,
      /** Revision of the policy in its stream, -1 for the default that nobody has set. */
      policyVersion: z.int(),
      basis: capBasis,
      /** The log position that the basis was read at. */
      position: z.int(),
    }),
  }),
]);
export type DerivedCapEvent = z.infer<typeof derivedCapEvent>;
export type DerivedCap = Readonly<DerivedCapEvent['data']>;

/** Where the caps of one month (`yyyy-MM`) that were derived are. */
export const capStreamOf = (groupId: string | null, month: string): string =>
  groupId === null ? `organisationCap-${month}` : `cap-${groupId}-${month}`;

export const capsEvent = z.discriminatedUnion('type', [...capPolicyEvent.options, ...derivedCapEvent.options]);
export type CapsEvent = z.infer<typeof capsEvent>;

/** Types of the events of this capability. */
export const capsEventTypes: readonly string[] = capsEvent.options.map((event) => event.shape.type.value);
const types: ReadonlySet<string> = new Set(capsEventTypes);

/** Tells events of this capability from others by their type; what the log holds was checked before it was stored. */
export const isCapsEvent = (event: { readonly type: string; readonly data: object }): event is CapsEvent =>
  types.has(event.type);
