import { z } from 'zod';
import { denialCodes } from './fan-out.events.js';

const natural = z.int().nonnegative();

/** Denials that came together within a minute, added up; a minute may be told in several. No decision reads them. */
export const fanOutsDenied = z.strictObject({
  type: z.literal('FanOutsDenied'),
  data: z.strictObject({
    /** The begin of the minute, milliseconds since 1970. */
    minuteMs: natural,
    denials: z.array(
      z.strictObject({
        /** Who asked. */
        caller: z.string(),
        groupId: z.string(),
        code: z.enum(denialCodes),
        count: z.int().positive(),
        /** Log positions as of which the first and the last were decided. */
        firstPosition: natural,
        lastPosition: natural,
      }),
    ),
  }),
});
export type FanOutsDenied = z.infer<typeof fanOutsDenied>;

/** Tells events of this capability from others by their type. */
export const isFanOutsDenied = (event: { readonly type: string; readonly data: object }): event is FanOutsDenied =>
  event.type === 'FanOutsDenied';
