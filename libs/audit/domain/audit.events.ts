import { z } from 'zod';

/** Events of the stream `audit`. */
export const auditEvent = z.strictObject({
  type: z.literal('AuditSealed'),
  data: z.strictObject({
    /** The last event that the seal vouches for. */
    upToPosition: z.int().positive(),
    /** The link of the chain at that event. */
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    /** How many events were added to the chain since the seal before. */
    events: z.int().positive(),
  }),
});
export type AuditEvent = z.infer<typeof auditEvent>;

/** Tells events of this capability from others by their type; what the log holds was checked before it was stored. */
export const isAuditEvent = (event: { readonly type: string; readonly data: object }): event is AuditEvent =>
  event.type === 'AuditSealed';
