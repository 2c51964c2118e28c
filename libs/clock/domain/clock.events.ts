import { z } from 'zod';

/** The event of the stream `clock`: somebody has said that the clock of a machine is right. */
export const clockConfirmed = z.strictObject({
  type: z.literal('ClockConfirmed'),
  data: z.strictObject({
    /** What the clock of the machine said, and what trusted time was until then. */
    wallAt: z.iso.datetime(),
    trustedAt: z.iso.datetime(),
  }),
});
export type ClockConfirmed = z.infer<typeof clockConfirmed>;

/** Tells this event from others by its type; what the log holds was checked before it was stored. */
export const isClockConfirmed = (event: { readonly type: string; readonly data: object }): event is ClockConfirmed =>
  event.type === 'ClockConfirmed';
