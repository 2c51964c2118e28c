import { z } from 'zod';

/** The event of the stream `format`: from here on the log holds what only versions of this level or above understand. */
export const formatRaised = z.strictObject({
  type: z.literal('FormatRaised'),
  data: z.strictObject({ level: z.int().min(2) }),
});
export type FormatRaised = z.infer<typeof formatRaised>;

/** Tells this event from others by its type; what the log holds was checked before it was stored. */
export const isFormatRaised = (event: { readonly type: string; readonly data: object }): event is FormatRaised =>
  event.type === 'FormatRaised';
