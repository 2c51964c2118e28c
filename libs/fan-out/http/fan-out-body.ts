import { secondsInHour } from 'date-fns/constants';
import { z } from 'zod';
import { mostItems } from '../domain/limits.js';
import { shortText } from '#http/fields.js';

const longestRenewalSeconds = secondsInHour;

const leaseSeconds = z
  .int()
  .min(1)
  .max(longestRenewalSeconds)
  .optional()
  .describe('How long the lease runs from now; 600 if left out, 86,400 in all.');

/** The body of `POST /fan-outs` and `/fan-outs/check`. */
export const fanOutBody = z
  .strictObject({
    requestId: shortText.describe('Of your making. A grant spends it; the same request again gets the same grant.'),
    groupId: shortText
      .optional()
      .describe("The user's own group if left out, else `unassigned`. One that nobody knows: see `unknownGroups`."),
    userId: shortText,
    taskId: shortText.describe('The task that wants to fan out.'),
    parentFanOutId: shortText.optional().describe('The fan-out this task is a sub-task of.'),
    items: z.int().min(1).max(mostItems).describe('How many sub-tasks there are.'),
    concurrency: z.int().min(1).optional().describe('How many at once; all if left out.'),
    estimatedCostMicrosPerItem: z.int().min(1).optional(),
    skill: shortText.optional(),
    pattern: shortText.optional(),
    leaseSeconds,
  })
  .meta({
    example: {
      requestId: 'nightly-triage-2026-11-20',
      groupId: 'eng',
      userId: 'u-ana',
      taskId: 't-1842',
      items: 200,
      concurrency: 20,
      estimatedCostMicrosPerItem: 18_000,
      skill: 'triage',
    },
  });
export type FanOutBody = z.infer<typeof fanOutBody>;

export const renewBody = z
  .strictObject({
    remainingItems: z.int().min(0).optional().describe('Sub-tasks still to do; live slots go down to it.'),
    leaseSeconds,
    reason: z.string().optional(),
  })
  .default({})
  .meta({ example: { remainingItems: 120 } });

export const releaseBody = z
  .strictObject({ reason: z.string().optional() })
  .default({})
  .meta({ example: { reason: 'all sub-tasks are done' } });
