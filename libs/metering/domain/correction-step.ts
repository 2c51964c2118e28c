import type { CorrectionJob } from './corrections.view.js';
import type { CorrectedRow, CorrectionEvent } from './metering.events.js';

/** What the next part of the log holds for a job: what it corrects, how many it cannot rate, and how far that part goes. */
export interface CorrectionStep {
  readonly rows: readonly CorrectedRow[];
  readonly leftUnrated: number;
  readonly scannedPosition: number;
  /** Nothing for the job comes behind it. */
  readonly isLast: boolean;
}

/** A step, put on record: as corrections, or as what they would be; the last one that has nothing finishes the job. */
export const stepEvent = (
  { jobId, range, correctedRecords }: CorrectionJob,
  { rows, leftUnrated, scannedPosition, isLast }: CorrectionStep,
): CorrectionEvent => {
  if (isLast && rows.length === 0 && leftUnrated === 0) {
    return { type: 'CorrectionFinished', data: { jobId, correctedRecords } };
  }
  const said = { ...(leftUnrated > 0 && { leftUnrated }), scannedPosition };
  if (range?.dryRun !== true) return { type: 'RecordsCorrected', data: { jobId, rows: [...rows], ...said } };
  const difference = rows.reduce(
    (sum, { before, after }) => sum + BigInt(after?.costMicros ?? 0) - BigInt(before.costMicros),
    0n,
  );
  const data = { jobId, records: rows.length, differenceMicros: String(difference), ...said };
  return { type: 'CorrectionsEstimated', data };
};
