import type { CorrectionJob } from '../domain/corrections.view.js';
import type { CorrectedRow, CorrectionEvent, MeteredColumns } from '../domain/metering.events.js';
import type { PriceBook } from '#prices/domain/price-book.js';

/** What a part of a job has found: what it corrects, and how many it cannot rate. */
export interface Found {
  readonly rows: CorrectedRow[];
  leftUnrated: number;
}

/** What a step has found, put on record: as corrections, or as what they would be. */
export const stepOf = (
  { jobId, range }: CorrectionJob,
  { rows, leftUnrated }: Found,
  scannedPosition: number,
): CorrectionEvent => {
  const said = { ...(leftUnrated > 0 && { leftUnrated }), scannedPosition };
  if (range?.dryRun !== true) return { type: 'RecordsCorrected', data: { jobId, rows, ...said } };
  const difference = rows.reduce(
    (sum, { before, after }) => sum + BigInt(after?.costMicros ?? 0) - BigInt(before.costMicros),
    0n,
  );
  const data = { jobId, records: rows.length, differenceMicros: String(difference), ...said };
  return { type: 'CorrectionsEstimated', data };
};

/** Whether a row of the event may concern the job: a look at its words spares most of its rows. */
export const mayConcern = (
  { rerating, range, reattribution }: CorrectionJob,
  { words, model, occurredAtMs }: MeteredColumns,
  prices: PriceBook,
): boolean => {
  if (range !== null) return occurredAtMs.some((ms) => ms >= range.fromMs && ms < range.toMs);
  if (rerating !== null) {
    const models = new Set(model);
    return rerating.model === '' || [...models].some((word) => prices.mayUse(words[word], rerating.priceVersion));
  }
  const { user, source, skill } = reattribution?.filter ?? {};
  return [user, source, skill].every((name) => name === undefined || words.includes(name));
};
