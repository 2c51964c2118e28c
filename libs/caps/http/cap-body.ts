import { z } from 'zod';
import { basisPointsOf } from '#kernel/money.js';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import type { CapsCode } from '../domain/caps.codes.js';
import { invalidMultiple, invalidThresholds, invalidUserShare } from '../domain/cap-policy.js';
import { type CapPolicy, type CapSettings, enforcements } from '../domain/caps.events.js';

const micros = z.int().min(0);

/** The body of `PUT .../cap`. What is left out stays as it is. */
export const capBody = z
  .strictObject({
    policy: z
      .discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('priorMonthMultiple'),
          multiple: z.number().describe('A decimal of at most four places, such as 1.3.'),
          floorMicros: micros.optional(),
          ceilingMicros: micros.optional(),
        }),
        z.strictObject({ kind: z.literal('fixed'), capMicros: micros }),
      ])
      .optional(),
    enforcement: z.enum(enforcements).optional(),
    thresholds: z.array(z.number()).optional().describe('Ascending decimals of the cap, such as [0.5, 0.8, 1].'),
    userShare: z.number().optional().describe("A user with more of the group's month than this is told of."),
    overrideFirstQuarter: z.boolean().optional().describe('Enforce although the first 90 days are not over.'),
    reason: z.string().optional(),
  })
  .meta({ example: { policy: { kind: 'priorMonthMultiple', multiple: 1.3 }, enforcement: 'alert' } });
type CapBody = z.infer<typeof capBody>;

export const topUpBody = z
  .strictObject({ period: z.string(), amountMicros: z.number(), reason: z.string().optional() })
  .meta({ example: { period: '2026-11', amountMicros: 500_000_000, reason: 'the launch week' } });

/** The settings a body asks for, in basis points, or the refusal of a decimal that is none. */
export const settingsOf = ({
  policy,
  enforcement,
  thresholds,
  userShare,
}: CapBody): Partial<CapSettings> | Refusal<CapsCode> => {
  const asked = policy === undefined ? undefined : policyOf(policy);
  if (isRefusal(asked)) return asked;
  const thresholdsBasisPoints = thresholds?.map(basisPointsOf).filter((share) => share !== undefined);
  if (thresholdsBasisPoints?.length !== thresholds?.length) return invalidThresholds;
  const userShareBasisPoints = userShare === undefined ? undefined : basisPointsOf(userShare);
  if (userShare !== undefined && userShareBasisPoints === undefined) return invalidUserShare;
  return {
    ...(asked !== undefined && { policy: asked }),
    ...(enforcement !== undefined && { enforcement }),
    ...(thresholdsBasisPoints !== undefined && { thresholdsBasisPoints }),
    ...(userShareBasisPoints !== undefined && { userShareBasisPoints }),
  };
};

const policyOf = (policy: NonNullable<CapBody['policy']>): CapPolicy | Refusal<CapsCode> => {
  if (policy.kind === 'fixed') return policy;
  const { kind, multiple, floorMicros, ceilingMicros } = policy;
  const multipleBasisPoints = basisPointsOf(multiple);
  if (multipleBasisPoints === undefined) return invalidMultiple;
  return {
    kind,
    multipleBasisPoints,
    ...(floorMicros !== undefined && { floorMicros }),
    ...(ceilingMicros !== undefined && { ceilingMicros }),
  };
};
