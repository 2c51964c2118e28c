import { z } from 'zod';

const period = z.string().regex(/^\d{4}-\d{2}$/);

/** Events of the stream `period-<yyyy-MM>`. */
export const periodEvent = z.discriminatedUnion('type', [
  /** The service was live at the end of the month: it may be closed without anybody saying so. */
  z.strictObject({ type: z.literal('PeriodEnded'), data: z.strictObject({ period }) }),
  /** The month is closed, with what the log holds up to the position of this event. */
  z.strictObject({ type: z.literal('PeriodClosed'), data: z.strictObject({ period }) }),
]);
export type PeriodEvent = z.infer<typeof periodEvent>;

/** Types of the events of this capability. */
export const periodEventTypes: readonly string[] = periodEvent.options.map((event) => event.shape.type.value);
const types: ReadonlySet<string> = new Set(periodEventTypes);

/** Tells events of this capability from others by their type; what the log holds was checked before it was stored. */
export const isPeriodEvent = (event: { readonly type: string; readonly data: object }): event is PeriodEvent =>
  types.has(event.type);
