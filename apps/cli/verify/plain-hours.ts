import { millisecondsInHour } from 'date-fns/constants';
import type { Charge } from '#metering/domain/metering.events.js';
import type { PlainRecord } from './plain-record.js';

/** How many hours the views keep, counted back from the latest one with a record. */
const keptMs = 25 * millisecondsInHour;

interface PlainHour {
  readonly startMs: number;
  readonly group: string;
  readonly user: string;
  spentMicros: bigint;
  records: number;
}

/** Spend of users by the hour, in a map from `hour, group, user` to exact sums. */
export const createPlainHours = () => {
  const cells = new Map<string, PlainHour>();
  let latestMs = -Infinity;

  return {
    /** Adds a record as it is charged (sign 1), or takes it back (sign -1). */
    add({ occurredAtMs, userId: user }: PlainRecord, { groupId: group, costMicros }: Charge, sign: 1 | -1): void {
      const startMs = Math.floor(occurredAtMs / millisecondsInHour) * millisecondsInHour;
      if (startMs > latestMs) {
        latestMs = startMs;
        for (const [key, cell] of cells) if (cell.startMs <= latestMs - keptMs) cells.delete(key);
      }
      if (startMs <= latestMs - keptMs) return;
      const key = [startMs, group, user].join('\t');
      const cell = cells.get(key) ?? { startMs, group, user, spentMicros: 0n, records: 0 };
      cells.set(key, cell);
      cell.spentMicros += BigInt(sign * costMicros);
      cell.records += sign;
    },

    /** A line for each cell that is not empty, in their order: hour, group, user, micros, records. */
    lines: (): readonly string[] =>
      [...cells.values()]
        .filter(({ spentMicros, records }) => records !== 0 || spentMicros !== 0n)
        .map(({ startMs, group, user, spentMicros, records }) =>
          [new Date(startMs).toISOString(), group, user, String(spentMicros), String(records)].join('\t'),
        )
        .sort(),
  };
};
