import { type Charge, unpricedRatings } from '#metering/domain/metering.events.js';
import type { PlainDays } from './plain-days.js';
import type { PlainRecord } from './plain-record.js';

/** What is summed in one cell. */
export interface PlainFigures {
  spentMicros: bigint;
  records: number;
  unpricedMicros: bigint;
}

/** Which views there have to be: the name of each, and what of a record it is kept by. */
const keptBy: readonly (readonly [view: string, name: (record: PlainRecord) => string])[] = [
  ['user', ({ userId }) => userId],
  ['skill', ({ skill }) => skill],
  ['plugin', ({ plugin }) => plugin],
  ['connector', ({ connector }) => connector],
  ['model', ({ model }) => model],
  ['trigger', ({ trigger }) => trigger],
  ['schedule', ({ scheduleId }) => scheduleId],
];

/** How many values of a label are kept by name in a month, in the order of the log. */
const maxLabelValues = 10_000;

/** Spend in a map from `view, day, group, name` (parted by tabs, which no name contains) to exact sums. */
export const createPlainSpend = () => {
  const cells = new Map<string, PlainFigures>();
  const namedLabels = new Map<string, Set<string>>();

  const labelView = (key: string, value: string, day: string): readonly [view: string, name: string] => {
    const month = `${key}\t${day.slice(0, 'yyyy-MM'.length)}`;
    const named = namedLabels.get(month) ?? new Set();
    namedLabels.set(month, named);
    if (!named.has(value) && named.size < maxLabelValues && value !== '(other)') named.add(value);
    return [`label.${key}`, named.has(value) ? value : '(other)'];
  };

  return {
    /** Adds a record as it is charged (sign 1), or takes it back (sign -1). */
    add(record: PlainRecord, charge: Charge, days: PlainDays, sign: 1 | -1): void {
      const day = days.dayOf(record.occurredAtMs);
      const micros = BigInt(sign * charge.costMicros);
      const unpricedMicros = unpricedRatings.has(charge.rating) ? micros : 0n;
      const views = [
        ...keptBy.map(([view, name]) => [view, name(record)] as const),
        ...record.labels.map(([key, value]) => labelView(key, value, day)),
      ];
      for (const [view, name] of views) {
        addTo(cells, `${view}\t${day}\t${charge.groupId}\t${name}`, micros, sign, unpricedMicros);
      }
    },

    /** Every cell that is not empty, of days and of months, in no order. A month is the sum of its days. */
    cells(): ReadonlyMap<string, PlainFigures> {
      const all = new Map<string, PlainFigures>();
      for (const [key, { spentMicros, records, unpricedMicros }] of cells) {
        const [view, day, ...names] = key.split('\t');
        const month = day.slice(0, 'yyyy-MM'.length);
        for (const bucket of [day, month]) {
          addTo(all, [view, bucket, ...names].join('\t'), spentMicros, records, unpricedMicros);
        }
      }
      for (const [key, { spentMicros, records }] of all) if (records === 0 && spentMicros === 0n) all.delete(key);
      return all;
    },

    /** What each group has spent in all. */
    byGroup(): ReadonlyMap<string, PlainFigures> {
      const groups = new Map<string, PlainFigures>();
      for (const [key, { spentMicros, records, unpricedMicros }] of cells) {
        const [view, , group] = key.split('\t');
        if (view === 'user') addTo(groups, group, spentMicros, records, unpricedMicros);
      }
      for (const [group, { spentMicros, records }] of groups) {
        if (records === 0 && spentMicros === 0n) groups.delete(group);
      }
      return groups;
    },

    /** How many users have spent anything. */
    users(): number {
      const users = [...cells].filter(([key, { records }]) => key.startsWith('user\t') && records > 0);
      return new Set(users.map(([key]) => key.split('\t')[3])).size;
    },
  };
};

const addTo = (
  cells: Map<string, PlainFigures>,
  key: string,
  spentMicros: bigint,
  records: number,
  unpricedMicros: bigint,
): void => {
  const cell = cells.get(key);
  if (cell === undefined) {
    cells.set(key, { spentMicros, records, unpricedMicros });
    return;
  }
  cell.spentMicros += spentMicros;
  cell.records += records;
  cell.unpricedMicros += unpricedMicros;
};
