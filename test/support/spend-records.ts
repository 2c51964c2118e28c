import fc from 'fast-check';
import type { Calendar } from '#kernel/calendar.js';
import { formatDay, formatPeriod } from '#kernel/instants.js';
import { type Micros, microsOf } from '#kernel/money.js';
import { type CorrectedRow, type MeteredColumns, triggers } from '#metering/domain/metering.events.js';
import {
  type Dimension,
  isLabelDimension,
  labelDimension,
  labelKeyOf,
  materialisedViews,
  type NameDimension,
  nameDimensions,
} from '#spend/domain/spend.dimensions.js';
import type { SpendFigures } from '#spend/domain/spend.answer.js';
import { spendLine } from '#spend/domain/spend.lines.js';
import type { SpendQuestion } from '#spend/domain/spend.question.js';

/** A record that counts, with what spend asks of it; the empty name stands for what it does not say. */
export interface SpendRecord {
  readonly group: string;
  readonly user: string;
  readonly skill: string;
  readonly plugin: string;
  readonly connector: string;
  readonly model: string;
  readonly trigger: (typeof triggers)[number];
  readonly schedule: string;
  /** By key. */
  readonly labels: Readonly<Record<string, string>>;
  readonly occurredAtMs: number;
  readonly costMicros: number;
  readonly isUnpriced: boolean;
}

/** Keys of the labels that records have. */
const labelKeys = ['project', 'costCenter'] as const;
export const labelViews = labelKeys.map(labelDimension);

const oneOf = (...names: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...names);

/** Records of a few names, so that they meet in cells, at instants from the range (milliseconds, to excluded). */
export const spendRecords = (fromMs: number, toMs: number): fc.Arbitrary<SpendRecord> =>
  fc.record({
    group: oneOf('eng', 'ops', 'unassigned'),
    user: oneOf('ana', 'bo', 'cy', 'dee', 'Zoë'),
    skill: oneOf('', 'triage', 'review'),
    plugin: oneOf('', 'support-tools@3.2.1'),
    connector: oneOf('', 'crm-readonly', 'mail'),
    model: oneOf('', 'claude-sonnet-5-5', 'in-house'),
    trigger: fc.constantFrom(...triggers),
    schedule: oneOf('', 'nightly'),
    labels: fc.dictionary(oneOf(...labelKeys), oneOf('atlas', 'eng', 'ana', '(other)'), { maxKeys: 2 }),
    occurredAtMs: fc.integer({ min: fromMs, max: toMs - 1 }),
    costMicros: fc.oneof(fc.nat({ max: 50_000_000 }), fc.constantFrom(0, 2 ** 40)),
    isUnpriced: fc.boolean(),
  });

/** The records as the rows of one event. */
export const columnsOf = (records: readonly SpendRecord[]): MeteredColumns => {
  const words = [''];
  const place = (word: string): number => {
    const known = words.indexOf(word);
    return known >= 0 ? known : words.push(word) - 1;
  };
  const column = (value: (record: SpendRecord, row: number) => number): number[] => records.map(value);
  return {
    count: records.length,
    pricesKnown: 0,
    id: records.map((_, row) => `r${String(row)}`),
    source: column(() => place('cowork')),
    taskId: column((_, row) => place(`t${String(row)}`)),
    parentTaskId: column(() => 0),
    userId: column(({ user }) => place(user)),
    groupId: column(({ group }) => place(group)),
    attribution: column(() => 0),
    model: column(({ model }) => place(model)),
    skill: column(({ skill }) => place(skill)),
    plugin: column(({ plugin }) => place(plugin)),
    // A column of nothing but zeros may be left out.
    ...(records.some(({ connector }) => connector !== '') && {
      connector: column(({ connector }) => place(connector)),
    }),
    ...(records.some(({ schedule }) => schedule !== '') && { scheduleId: column(({ schedule }) => place(schedule)) }),
    ...(records.some(({ labels }) => Object.keys(labels).length > 0) && {
      labels: labelKeys
        .filter((key) => records.some(({ labels }) => key in labels))
        .map((key) => ({ key, places: column(({ labels }) => place(labels[key] ?? '')) })),
    }),
    trigger: column(({ trigger }) => triggers.indexOf(trigger)),
    occurredAtMs: column(({ occurredAtMs }) => occurredAtMs),
    costMicros: column(({ costMicros }) => costMicros),
    rating: column(({ isUnpriced }) => (isUnpriced ? 2 : 1)),
    words,
  };
};

/** The correction that makes one record another one, which differs in group, cost or rating only, or voids it. */
export const correctionOf = (before: SpendRecord, after: SpendRecord | null): CorrectedRow => {
  const chargeOf = ({ group, costMicros, isUnpriced }: SpendRecord): CorrectedRow['before'] => ({
    groupId: group,
    costMicros,
    rating: isUnpriced ? 'unpriced' : 'priced',
    priceVersion: 'v1',
  });
  const { user, model, schedule, skill, plugin, connector, trigger, labels, occurredAtMs } = before;
  return {
    source: 'cowork',
    id: 'r',
    occurredAtMs,
    taskId: 't',
    userId: user,
    model,
    scheduleId: schedule,
    skill,
    plugin,
    connector,
    trigger,
    ...(Object.keys(labels).length > 0 && { labels: Object.entries(labels) }),
    before: chargeOf(before),
    after: after === null ? null : chargeOf(after),
  };
};

/** The canonical lines of all kept views, computed the plain way. */
export const expectedLines = (records: readonly SpendRecord[], calendar: Calendar): string[] => {
  const cells = new Map<string, { spent: bigint; records: number; unpriced: bigint }>();
  for (const record of records) {
    const buckets = [
      formatDay(calendar.dayOf(record.occurredAtMs)),
      formatPeriod(calendar.periodOf(record.occurredAtMs)),
    ];
    for (const bucket of buckets) {
      for (const view of [...materialisedViews, ...labelViews]) {
        const name = nameIn(record, view);
        // Of labels only what has one is kept.
        if (name === '' && isLabelDimension(view)) continue;
        const key = JSON.stringify([view, bucket, record.group, name]);
        const cell = cells.get(key) ?? { spent: 0n, records: 0, unpriced: 0n };
        cells.set(key, cell);
        cell.spent += BigInt(record.costMicros);
        cell.records++;
        cell.unpriced += record.isUnpriced ? BigInt(record.costMicros) : 0n;
      }
    }
  }
  return [...cells].map(([key, cell]) => lineOf(key, cell.spent, cell.records, cell.unpriced)).sort();
};

const lineOf = (key: string, spentMicros: bigint, records: number, unpricedMicros: bigint): string => {
  const [viewName, bucket = '', group = '', other = ''] = (JSON.parse(key) as string[]).map(String);
  const view = [...materialisedViews, ...labelViews].find((name) => name === viewName) ?? 'user';
  return spendLine({ view, bucket, group, other, spentMicros, records, unpricedMicros });
};

const nameIn = (record: SpendRecord, dimension: NameDimension): string =>
  isLabelDimension(dimension) ? (record.labels[labelKeyOf(dimension)] ?? '') : record[dimension];

/** The items of an answer with their keys, and its totals, computed the plain way. */
export const expectedAnswer = (
  records: readonly SpendRecord[],
  { by, from, to, filters, groups }: SpendQuestion,
  calendar: Calendar,
): { items: (readonly [keys: string, figures: SpendFigures])[]; total: SpendFigures } => {
  const keyIn = (record: SpendRecord, dimension: Dimension): string =>
    dimension === 'day' ? formatDay(calendar.dayOf(record.occurredAtMs)) : nameIn(record, dimension);
  const asked = records.filter(
    (record) =>
      calendar.dayOf(record.occurredAtMs) >= from &&
      calendar.dayOf(record.occurredAtMs) < to &&
      groups?.includes(record.group) !== false &&
      [...nameDimensions, ...labelViews].every(
        (dimension) => filters[dimension] === undefined || nameIn(record, dimension) === filters[dimension],
      ),
  );
  const keysOf = (record: SpendRecord): string => by.map((dimension) => keyIn(record, dimension)).join('\t');
  const keys = [...new Set(asked.map(keysOf))].sort();
  return {
    items: keys.map((key) => [key, sumOf(asked.filter((record) => keysOf(record) === key))] as const),
    total: sumOf(asked),
  };
};

const sumOf = (records: readonly SpendRecord[]): SpendFigures => {
  const micros = (of: readonly SpendRecord[]): Micros =>
    microsOf(of.reduce((sum, { costMicros }) => sum + BigInt(costMicros), 0n));
  return {
    spentMicros: micros(records),
    records: records.length,
    unpricedMicros: micros(records.filter(({ isUnpriced }) => isUnpriced)),
  };
};
