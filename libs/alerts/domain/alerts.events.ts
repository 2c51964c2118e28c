import { z } from 'zod';
import { storedText } from '#directory/domain/directory.events.js';
import { alertTypeNames, routings, severities } from './alert-types.js';

/** What a person may think of an alert. `expected` keeps it from being raised again for a while. */
export const feedbacks = ['useful', 'expected', 'noise'] as const;
export type Feedback = (typeof feedbacks)[number];

/** The numbers that made the alert, as the one who observed them names them. */
const evidence = z.record(z.string(), z.json());
export type Evidence = z.infer<typeof evidence>;

/** Which alert, of whose spend: null is the organisation. */
const about = { alertId: storedText, groupId: storedText.nullable() };
const episode = z.int().min(1);
/** The log position the condition was looked at. */
const position = z.int().min(0);
const observed = { evidence, fingerprint: z.string(), position };

/** Events of the stream `alert-<alertId>`: every episode of one alert. */
export const alertEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('AlertRaised'),
    data: z.strictObject({
      ...about,
      type: z.enum(alertTypeNames),
      userId: storedText.nullable(),
      period: z.string().nullable(),
      threshold: z.number().nullable(),
      episode,
      severity: z.enum(severities),
      routing: z.enum(routings),
      ...observed,
    }),
  }),
  /** It still holds, with other evidence. */
  z.strictObject({
    type: z.literal('AlertUpdated'),
    data: z.strictObject({ ...about, episode, ...observed }),
  }),
  z.strictObject({ type: z.literal('AlertAcknowledged'), data: z.strictObject({ ...about, episode }) }),
  z.strictObject({
    type: z.literal('AlertResolved'),
    data: z.strictObject({
      ...about,
      episode,
      /** `person`, or the cause that is gone: `capRaised`, `spendFell`, `noCap`, `monthOver`, ... */
      because: storedText,
      /** Not raised again until the condition has been false once. */
      muted: z.boolean(),
      /** Never raised again. */
      final: z.boolean(),
      position,
    }),
  }),
  /** The condition was false: what a person had resolved may be raised again. */
  z.strictObject({ type: z.literal('AlertUnmuted'), data: z.strictObject({ ...about, position }) }),
  z.strictObject({
    type: z.literal('AlertFeedbackGiven'),
    data: z.strictObject({
      ...about,
      episode,
      feedback: z.enum(feedbacks),
      note: z.string().nullable(),
      /** Not raised before this instant; null: the feedback says nothing about that. */
      suppressedUntil: z.iso.datetime().nullable(),
    }),
  }),
]);
export type AlertEvent = z.infer<typeof alertEvent>;

/** Types of the events of this capability. */
export const alertEventTypes: readonly string[] = alertEvent.options.map((event) => event.shape.type.value);
const types: ReadonlySet<string> = new Set(alertEventTypes);

/** Tells events of this capability from others by their type; what the log holds was checked before it was stored. */
export const isAlertEvent = (event: { readonly type: string; readonly data: object }): event is AlertEvent =>
  types.has(event.type);
