import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Answer, Api } from './api.js';

/** A request that is in order; each call gives another id, and another task. */
export const fanOutWith = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  const place = String(++requestsMade);
  return {
    requestId: `request-${place}`,
    groupId: 'eng',
    userId: `u-${place}`,
    taskId: `root-${place}`,
    items: 2,
    estimatedCostMicrosPerItem: 10,
    ...changes,
  };
};
let requestsMade = 0;

const reason = z.object({
  code: z.string(),
  scope: z.string(),
  limit: z.number().nullable(),
  used: z.number().nullable(),
  requested: z.number().nullable(),
  retryAfterSeconds: z.number().optional(),
  unsatisfiable: z.literal(true).optional(),
});
const lease = z.object({
  fanOutId: z.string(),
  state: z.enum(['live', 'released', 'expired']),
  groupId: z.string(),
  concurrency: z.number(),
  items: z.number(),
  heldMicros: z.number(),
  expiresAt: z.string(),
  expiresInSeconds: z.number(),
  wouldHaveDenied: z.boolean().optional(),
  reasons: z.array(reason).default([]),
});
export const shownFanOut = lease.extend({
  spentMicros: z.number(),
  overrunMicros: z.number(),
  treeId: z.string(),
  depth: z.number(),
  parentFanOutId: z.string().nullable(),
  requestId: z.string(),
  userId: z.string(),
  grantedMicros: z.number(),
});

/** What was granted, or is live; throws for anything else. */
export const granted = ({ status, body }: Answer) => {
  assert.equal(status, 200, JSON.stringify(body));
  return lease.parse(body);
};

/** Why it was denied; throws if it was not. */
export const reasonsOf = ({ status, body }: Answer) => {
  assert.equal(status, 200, JSON.stringify(body));
  return z.object({ decision: z.literal('denied'), reasons: z.array(reason) }).parse(body).reasons;
};

const cap = z.object({ heldMicros: z.number(), spentMicros: z.number(), availableMicros: z.number().nullable() });
/** What the cap of a group says about money. */
export const capHeld = async (api: Api, groupId: string) => cap.parse((await api.get(`/groups/${groupId}/cap`)).body);
