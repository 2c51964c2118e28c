import { recordOf } from '#kernel/record-of.js';
import { attributions, ratings } from './metering.events.js';
import type { Charge, CorrectedRow, MeteredColumns } from './metering.events.js';
import type { MeteringRecord } from './metering-record.js';
import { recordFields, usageFields } from './record-fields.js';
import { carriedChoices, carriedIfSaid, carriedOptional, carriedRequired, nameOf } from './stored-fields.js';

/** A stored record as a reader sees it: what was sent, how it was charged, and what it costs as first rated. */
export interface MeteredRow extends Omit<MeteringRecord, 'occurredAt' | 'costMicros' | 'currency'> {
  readonly source: string;
  readonly occurredAtMs: number;
  readonly charge: Charge;
  readonly attribution: (typeof attributions)[number];
}

const stored = recordFields.filter((field) => 'stored' in field);
const requiredTexts = stored
  .filter((field) => field.absent === '')
  .filter((field) => 'isRequired' in field)
  .map(nameOf);
const optionalTexts = stored
  .filter((field) => field.absent === '')
  .filter((field) => field.stored === 'ifSaid')
  .map(nameOf);
const flags = stored.filter((field) => field.kind === 'flag').map(nameOf);
const choices = stored.filter((field) => field.kind === 'choice');
const amounts = stored
  .filter((field) => field.kind === 'amount')
  .filter((field) => field.stored === 'ifSaid')
  .map(nameOf);

/** One row of an event, spelled out. For the cold paths: tasks, corrections, export. */
export const meteredRow = (columns: MeteredColumns, row: number): MeteredRow => {
  const wordIn = (column: readonly number[] | undefined): string => columns.words[column?.[row] ?? 0];
  return {
    ...recordOf(requiredTexts, (name) => (name === 'id' ? columns.id[row] : wordIn(columns[name]))),
    occurredAtMs: columns.occurredAtMs[row],
    charge: {
      groupId: wordIn(columns.groupId),
      costMicros: columns.costMicros[row],
      rating: ratings[columns.rating[row]],
      priceVersion: wordIn(columns.priceVersion),
    },
    attribution: attributions[columns.attribution[row]],
    ...recordOf(optionalTexts, (name) => wordIn(columns[name]) || undefined),
    ...recordOf(flags, (name) => columns[name]?.[row] === 1),
    ...recordOf(choices.map(nameOf), (name, at) => choices[at].choices[columns[name]?.[row] ?? 0] || undefined),
    usage: columns.hasUsage?.[row] === 1 ? usageOf(columns, row) : undefined,
    ...recordOf(amounts, (name) => said(columns[name]?.[row])),
    labels: labelsOf(columns, row),
  };
};

/** Undefined for a record without. */
const labelsOf = ({ labels = [], words }: MeteredColumns, row: number): MeteredRow['labels'] => {
  const said = labels
    .filter(({ places }) => places[row] > 0)
    .map(({ key, places }) => [key, words[places[row]]] as const);
  return said.length === 0 ? undefined : Object.fromEntries(said);
};

const said = (value = -1): number | undefined => (value < 0 ? undefined : value);

const tokenAmounts = usageFields.filter((field) => !('isLater' in field)).map(nameOf);
const laterUsage = usageFields.filter((field) => 'isLater' in field);
const laterAmounts = laterUsage.filter((field) => field.kind === 'amount').map(nameOf);
const laterChoices = laterUsage.filter((field) => field.kind === 'choice');

const usageOf = (columns: MeteredColumns, row: number): MeteredRow['usage'] => {
  const usage: NonNullable<MeteredRow['usage']> = recordOf(tokenAmounts, (name) => columns[name]?.[row] ?? 0);
  for (const { name, sentAs, choices } of laterChoices) {
    const place = columns[name]?.[row] ?? 0;
    if (place > 0) usage[sentAs] = choices[place];
  }
  for (const name of laterAmounts) {
    const amount = columns[name]?.[row] ?? 0;
    if (amount > 0) usage[name] = amount;
  }
  return usage;
};

/** The row of a correction event that takes a record from one charge to another, or to none. */
export const correctedRow = (record: MeteredRow, before: Charge, after: Charge | null): CorrectedRow => {
  const ifSaid: Partial<Record<(typeof carriedIfSaid)[number], string>> = {};
  for (const name of carriedIfSaid) if (record[name] !== undefined) ifSaid[name] = record[name];
  return {
    ...recordOf(carriedRequired, (name) => record[name]),
    occurredAtMs: record.occurredAtMs,
    ...recordOf(carriedOptional, (name) => record[name] ?? ''),
    ...ifSaid,
    ...recordOf(carriedChoices.map(nameOf), (name) => record[name] ?? ''),
    ...(record.labels !== undefined && { labels: Object.entries(record.labels) }),
    before,
    after,
  };
};
