import { attributions, ratings, rowsPerEvent, triggers } from './metering.events.js';
import type { Charge, CorrectedRow, MeteredColumns } from './metering.events.js';
import type { MeteringRecord } from './metering-record.js';

// Stand-ins for columns that an event leaves out.
const allZero: readonly number[] = new Array<number>(rowsPerEvent).fill(0);
const allAbsent: readonly number[] = new Array<number>(rowsPerEvent).fill(-1);

/** Every column of an event, those left out filled in: what folds run over. */
export const everyColumn = (columns: MeteredColumns) => ({
  ...columns,
  parentTaskId: columns.parentTaskId ?? allZero,
  model: columns.model ?? allZero,
  scheduleId: columns.scheduleId ?? allZero,
  fanOutId: columns.fanOutId ?? allZero,
  skill: columns.skill ?? allZero,
  plugin: columns.plugin ?? allZero,
  connector: columns.connector ?? allZero,
  tool: columns.tool ?? allZero,
  priceVersion: columns.priceVersion ?? allZero,
  trigger: columns.trigger ?? allZero,
  batch: columns.batch ?? allZero,
  hasUsage: columns.hasUsage ?? allZero,
  inputTokens: columns.inputTokens ?? allZero,
  outputTokens: columns.outputTokens ?? allZero,
  cacheReadTokens: columns.cacheReadTokens ?? allZero,
  cacheWrite5mTokens: columns.cacheWrite5mTokens ?? allZero,
  cacheWrite1hTokens: columns.cacheWrite1hTokens ?? allZero,
  fast: columns.fast ?? allZero,
  webSearches: columns.webSearches ?? allZero,
  durationMs: columns.durationMs ?? allAbsent,
  sourceCount: columns.sourceCount ?? allAbsent,
});
export type EveryColumn = ReturnType<typeof everyColumn>;

/** A stored record as a reader sees it: what was sent, how it was charged, and what it costs as first rated. */
export interface MeteredRow extends Omit<MeteringRecord, 'occurredAt' | 'costMicros' | 'currency'> {
  readonly source: string;
  readonly occurredAtMs: number;
  readonly charge: Charge;
  readonly attribution: (typeof attributions)[number];
}

/** One row of an event, spelled out. For the cold paths: tasks, corrections, export. */
export const meteredRow = (columns: MeteredColumns, row: number): MeteredRow => {
  const every = everyColumn(columns);
  const word = (column: readonly number[]): string => columns.words[column[row]];
  const optional = (column: readonly number[]): string | undefined => word(column) || undefined;
  const said = (value: number): number | undefined => (value < 0 ? undefined : value);
  return {
    source: word(every.source),
    id: columns.id[row],
    taskId: word(every.taskId),
    parentTaskId: optional(every.parentTaskId),
    userId: word(every.userId),
    occurredAtMs: every.occurredAtMs[row],
    charge: {
      groupId: word(every.groupId),
      costMicros: every.costMicros[row],
      rating: ratings[every.rating[row]],
      priceVersion: word(every.priceVersion),
    },
    attribution: attributions[every.attribution[row]],
    model: optional(every.model),
    batch: every.batch[row] === 1,
    usage:
      every.hasUsage[row] === 1
        ? {
            inputTokens: every.inputTokens[row],
            outputTokens: every.outputTokens[row],
            cacheReadTokens: every.cacheReadTokens[row],
            cacheWrite5mTokens: every.cacheWrite5mTokens[row],
            cacheWrite1hTokens: every.cacheWrite1hTokens[row],
            ...(every.fast[row] === 1 && { speed: 'fast' as const }),
            ...(every.webSearches[row] > 0 && { webSearches: every.webSearches[row] }),
          }
        : undefined,
    trigger: triggerOf(every.trigger[row]),
    scheduleId: optional(every.scheduleId),
    fanOutId: optional(every.fanOutId),
    skill: optional(every.skill),
    plugin: optional(every.plugin),
    connector: optional(every.connector),
    tool: optional(every.tool),
    durationMs: said(every.durationMs[row]),
    sourceCount: said(every.sourceCount[row]),
  };
};

const triggerOf = (place: number): MeteredRow['trigger'] => {
  const trigger = triggers[place];
  return trigger === '' ? undefined : trigger;
};

/** The row of a correction event that takes a record from one charge to another, or to none. */
export const correctedRow = (record: MeteredRow, before: Charge, after: Charge | null): CorrectedRow => ({
  source: record.source,
  id: record.id,
  occurredAtMs: record.occurredAtMs,
  taskId: record.taskId,
  userId: record.userId,
  model: record.model ?? '',
  scheduleId: record.scheduleId ?? '',
  ...(record.fanOutId !== undefined && { fanOutId: record.fanOutId }),
  skill: record.skill ?? '',
  plugin: record.plugin ?? '',
  connector: record.connector ?? '',
  trigger: record.trigger ?? '',
  before,
  after,
});
