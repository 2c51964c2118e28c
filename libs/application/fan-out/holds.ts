import type { Admissions } from '#domain/fan-out/admissions.js';
import type { CorrectedRow, MeteredColumns } from '#domain/metering/metering.events.js';
import type { UncountedRow } from '../metering/metering.fold.js';

/** Draws holds down by what was metered with the id of a fan-out. Most records have none. */
export const drawHolds = (
  admissions: Admissions,
  { fanOutId, groupId, words, costMicros }: MeteredColumns,
  uncounted: readonly UncountedRow[],
): void => {
  if (fanOutId === undefined) return;
  const left = new Set(uncounted.map(({ row }) => row));
  for (let row = 0; row < fanOutId.length; row++) {
    if (fanOutId[row] === 0 || left.has(row)) continue;
    admissions.meter(words[fanOutId[row]], words[groupId[row]], costMicros[row]);
  }
};

/** Takes out of a fan-out what a correction took back, and adds what it charged anew. */
export const correctHolds = (admissions: Admissions, rows: readonly CorrectedRow[]): void => {
  for (const { fanOutId, before, after } of rows) {
    if (fanOutId === undefined) continue;
    admissions.meter(fanOutId, before.groupId, -before.costMicros);
    if (after !== null) admissions.meter(fanOutId, after.groupId, after.costMicros);
  }
};
