import { attributions, overZeroRatings, ratings, triggers } from '#metering/domain/metering.events.js';
import type { Charge, MeteredColumns } from '#metering/domain/metering.events.js';

/** A stored record, spelled out the plain way. Absent texts are empty; durations and counts not said are -1. */
export type PlainRecord = ReturnType<typeof recordAt>;

/** Where a record stands in the log. */
export interface PlainPlace {
  readonly position: number;
  readonly row: number;
}

/** All rows of an event, in their order. */
export const recordsOf = (columns: MeteredColumns): readonly PlainRecord[] =>
  columns.id.map((_, row) => recordAt(columns, row));

const recordAt = (columns: MeteredColumns, row: number) => {
  const word = (column: readonly number[] | undefined): string => (column ? columns.words[column[row]] : '');
  const number = (column: readonly number[] | undefined): number => column?.[row] ?? 0;
  const attribution = attributions[columns.attribution[row]];
  const charge: Charge = {
    groupId: word(columns.groupId),
    costMicros: columns.costMicros[row],
    rating: ratings[columns.rating[row]],
    priceVersion: word(columns.priceVersion),
  };
  return {
    source: word(columns.source),
    id: columns.id[row],
    taskId: word(columns.taskId),
    parentTaskId: word(columns.parentTaskId),
    userId: word(columns.userId),
    model: word(columns.model),
    scheduleId: word(columns.scheduleId),
    fanOutId: word(columns.fanOutId),
    skill: word(columns.skill),
    plugin: word(columns.plugin),
    connector: word(columns.connector),
    tool: word(columns.tool),
    trigger: triggers[number(columns.trigger)],
    batch: number(columns.batch),
    occurredAtMs: columns.occurredAtMs[row],
    hasUsage: number(columns.hasUsage),
    inputTokens: number(columns.inputTokens),
    outputTokens: number(columns.outputTokens),
    cacheReadTokens: number(columns.cacheReadTokens),
    cacheWrite5mTokens: number(columns.cacheWrite5mTokens),
    cacheWrite1hTokens: number(columns.cacheWrite1hTokens),
    fast: number(columns.fast),
    webSearches: number(columns.webSearches),
    durationMs: columns.durationMs?.[row] ?? -1,
    sourceCount: columns.sourceCount?.[row] ?? -1,
    /** Keys and values, in the order of the keys. */
    labels: (columns.labels ?? [])
      .map(({ key, places }) => [key, word(places)] as const)
      .filter(([, value]) => value !== '')
      .sort(([one], [other]) => (one < other ? -1 : 1)),
    /** What the sender said about group and cost; the charge may come from elsewhere. */
    sentGroupId: attribution === 'record' ? charge.groupId : '',
    sentMicros: sentMicrosOf(charge),
    charge,
  };
};

/** -1 if the sender did not say. A cost of 0 that was not believed is what was sent nevertheless. */
const sentMicrosOf = ({ rating, costMicros }: Charge): number => {
  if (rating === 'reported') return costMicros;
  return overZeroRatings.has(rating) ? 0 : -1;
};

/** What a sender says about a record besides its identity. */
const sentFields = [
  'taskId',
  'parentTaskId',
  'userId',
  'model',
  'scheduleId',
  'fanOutId',
  'skill',
  'plugin',
  'connector',
  'tool',
  'trigger',
  'batch',
  'occurredAtMs',
  'hasUsage',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'fast',
  'webSearches',
  'durationMs',
  'sourceCount',
  'sentGroupId',
  'sentMicros',
] as const satisfies readonly (keyof PlainRecord)[];

/** Whether two records of one identity are a duplicate rather than a conflict. */
export const sameContent = (a: PlainRecord, b: PlainRecord): boolean =>
  sentFields.every((field) => a[field] === b[field]);

/** The identity as one text, with characters of its own: it outlives the event it came from. */
export const identityOf = ({ source, id }: { readonly source: string; readonly id: string }): string =>
  JSON.stringify([source, id]);
