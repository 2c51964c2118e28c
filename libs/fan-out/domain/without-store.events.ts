import { z } from 'zod';
import { grantedData } from './fan-out.events.js';

/**
 * A grant that was made while the event store could not be reached, written down once it was back. It is no part of the
 * stream of admissions: no decision that was made with the store has counted it.
 */
export const grantedWithoutStore = z.strictObject({
  type: z.literal('FanOutGrantedWithoutStore'),
  data: z.strictObject({
    ...grantedData.shape,
    /** What the event store did, or did not, when it was asked for. */
    why: z.string(),
  }),
});
export type GrantedWithoutStore = z.infer<typeof grantedWithoutStore>;

export const isGrantedWithoutStore = (event: {
  readonly type: string;
  readonly data: object;
}): event is GrantedWithoutStore => event.type === 'FanOutGrantedWithoutStore';
