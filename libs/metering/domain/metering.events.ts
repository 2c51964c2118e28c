import { z } from 'zod';
import { recordOf } from '#kernel/record-of.js';
import { recordFields } from './record-fields.js';
import { triggerNames } from './record-values.js';
import {
  alwaysColumns,
  carriedChoices,
  carriedIfSaid,
  carriedOptional,
  carriedRequired,
  nameOf,
  unlessAbsentColumns,
  unlessZeroColumns,
  wordColumns,
} from './stored-fields.js';

/**
 * Metering stores many records in one event, as columns: one array per field, a row per record. Names stand once in
 * `words` and are referred to by place; `words[0]` is the empty text and means "absent". A numeric column may be left
 * out when every row is 0; `durationMs` and `sourceCount` use -1 for "not said", because unknown is never 0.
 */
export const rowsPerEvent = 500;

/** How the group to charge was chosen; a row stores the place in this list. */
export const attributions = ['record', 'fanOut', 'membership', 'unassigned'] as const;
/** How the cost was found; a row stores the place in this list. */
export const ratings = ['reported', 'priced', 'unpriced', 'pricedOverZero', 'unpricedOverZero'] as const;
export type Rating = (typeof ratings)[number];
/** Those of usage that no price explains. */
export const unpricedRatings: ReadonlySet<Rating> = new Set(['unpriced', 'unpricedOverZero']);
/** Those of usage beside a reported cost of 0, which is what gateways write when they do not know. */
export const overZeroRatings: ReadonlySet<Rating> = new Set(['pricedOverZero', 'unpricedOverZero']);
/** What started the task; a row stores the place in this list, 0 when the record does not say. */
export const triggers = ['', ...triggerNames] as const;
export const taskStatuses = ['succeeded', 'failed', 'timedOut', 'cancelled'] as const;

/** The fields of a record that spend is cut by. */
export const dimensionFields = recordFields.filter((field) => 'dimension' in field);

const natural = z.int().nonnegative();
const column = z.array(natural).max(rowsPerEvent);

/** What rows say under one key of labels: places in `words`, 0 where a row has no such label. */
const labelColumn = z.strictObject({ key: z.string(), places: column });
export type LabelColumn = z.infer<typeof labelColumn>;

export const meteredColumns = z
  .strictObject({
    count: natural.max(rowsPerEvent),
    /** How many price publications the rating knew: a batch that was rated before a price arrived is re-rated. */
    pricesKnown: natural,
    words: z.array(z.string()),
    id: z.array(z.string()).max(rowsPerEvent),
    ...recordOf(alwaysColumns, () => column),
    ...recordOf(unlessZeroColumns, () => column.optional()),
    ...recordOf(unlessAbsentColumns, () => z.array(z.int().min(-1)).max(rowsPerEvent).optional()),
    /** Left out if no row has a label. */
    labels: z.array(labelColumn).optional(),
  })
  .superRefine((columns, context) => {
    const { labels = [], ...plain } = columns;
    const byKey = labels.map(({ key, places }) => [`labels.${key}`, places] as const);
    for (const [name, values] of [...Object.entries(plain), ...byKey]) {
      if (!Array.isArray(values) || name === 'words') continue;
      if (values.length !== columns.count) {
        context.addIssue(`${name} has ${String(values.length)} rows, not ${String(columns.count)}`);
      }
    }
    for (const [name, places] of [...wordColumns.map((name) => [name, columns[name]] as const), ...byKey]) {
      if (places?.some((place) => place >= columns.words.length)) {
        context.addIssue(`${name} names a word that is not there`);
      }
    }
  });
export type MeteredColumns = z.infer<typeof meteredColumns>;

export const recordsMetered = z.strictObject({ type: z.literal('RecordsMetered'), data: meteredColumns });
export type RecordsMetered = z.infer<typeof recordsMetered>;

export const taskFinished = z.strictObject({
  type: z.literal('TaskFinished'),
  data: z.strictObject({ taskId: z.string(), status: z.enum(taskStatuses), at: z.iso.datetime() }),
});
export type TaskFinished = z.infer<typeof taskFinished>;

/** The row of a corrected record: enough to move its money in every view without looking anything up. */
const correctedRow = z.strictObject({
  ...recordOf(carriedRequired, () => z.string()),
  occurredAtMs: natural,
  ...recordOf(carriedOptional, () => z.string()),
  ...recordOf(carriedIfSaid, () => z.string().optional()),
  ...recordOf(carriedChoices.map(nameOf), (_, at) => z.enum(carriedChoices[at].choices)),
  /** Keys and values of its labels; left out if it has none. */
  labels: z.array(z.tuple([z.string(), z.string()])).optional(),
  /** What the record was charged before and after; `after` is null when it is void. */
  before: z.strictObject({
    groupId: z.string(),
    costMicros: natural,
    rating: z.enum(ratings),
    priceVersion: z.string(),
  }),
  after: z
    .strictObject({ groupId: z.string(), costMicros: natural, rating: z.enum(ratings), priceVersion: z.string() })
    .nullable(),
});
export type CorrectedRow = z.infer<typeof correctedRow>;
export type Charge = CorrectedRow['before'];

const job = { jobId: z.string() };
export const correctionEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('RecordVoided'), data: z.strictObject({ rows: z.array(correctedRow).length(1) }) }),
  z.strictObject({
    type: z.literal('ReratingStarted'),
    data: z.strictObject({
      ...job,
      model: z.string(),
      fromMs: natural,
      priceVersion: z.string(),
      throughPosition: natural,
    }),
  }),
  /** Records of a range are looked up anew, as the price book stands; a dry run only says what that would change. */
  z.strictObject({
    type: z.literal('RangeReratingStarted'),
    data: z.strictObject({
      ...job,
      fromMs: natural,
      toMs: natural,
      dryRun: z.boolean(),
      throughPosition: natural,
    }),
  }),
  z.strictObject({
    type: z.literal('ReattributionStarted'),
    data: z.strictObject({
      ...job,
      filter: z.strictObject({
        group: z.string().optional(),
        user: z.string().optional(),
        source: z.string().optional(),
        skill: z.string().optional(),
      }),
      fromMs: natural,
      toMs: natural,
      groupId: z.string(),
      throughPosition: natural,
    }),
  }),
  /** One step of a job: what it moved, how many it could not rate, and how far through the log it has come. */
  z.strictObject({
    type: z.literal('RecordsCorrected'),
    data: z.strictObject({
      ...job,
      rows: z.array(correctedRow).max(rowsPerEvent),
      /** Left out where there is none. */
      leftUnrated: natural.optional(),
      scannedPosition: natural,
    }),
  }),
  /** One step of a dry run: how many records it would move, and by how much in all. */
  z.strictObject({
    type: z.literal('CorrectionsEstimated'),
    data: z.strictObject({
      ...job,
      records: natural,
      differenceMicros: z.string().regex(/^-?\d+$/),
      /** Left out where there is none. */
      leftUnrated: natural.optional(),
      scannedPosition: natural,
    }),
  }),
  z.strictObject({
    type: z.literal('CorrectionFinished'),
    data: z.strictObject({ ...job, correctedRecords: natural }),
  }),
]);
export type CorrectionEvent = z.infer<typeof correctionEvent>;

/** Tells events of this capability from others by their type; what the log holds was checked before it was stored. */
export const isRecordsMetered = (event: NamedEvent): event is RecordsMetered => event.type === 'RecordsMetered';
export const isTaskFinished = (event: NamedEvent): event is TaskFinished => event.type === 'TaskFinished';
/** Types of the events of the stream `corrections`. */
export const correctionEventTypes: readonly string[] = correctionEvent.options.map((event) => event.shape.type.value);
const correctionTypes: ReadonlySet<string> = new Set(correctionEventTypes);
export const isCorrectionEvent = (event: NamedEvent): event is CorrectionEvent => correctionTypes.has(event.type);

/** A correction that says of each record how it was charged before, and how it is after. */
type ChargeCorrection = Extract<CorrectionEvent, { data: { rows: readonly unknown[] } }>;
const everyChargeCorrection: Record<ChargeCorrection['type'], true> = { RecordVoided: true, RecordsCorrected: true };
export const chargeCorrectionTypes: readonly string[] = Object.keys(everyChargeCorrection);
const chargeCorrections: ReadonlySet<string> = new Set(chargeCorrectionTypes);
export const isChargeCorrection = (event: NamedEvent): event is ChargeCorrection => chargeCorrections.has(event.type);

interface NamedEvent {
  readonly type: string;
  readonly data: object;
}
