import { refuse } from '#kernel/refusal.js';
import type { CorrectionJob } from '../domain/corrections.view.js';
import { problemOfRefusal } from '#http/problem-of.js';

/**
 * A job as answers show it: `progress` from 0 to 1, how many records a re-rating had to leave as they were, and for a
 * dry run what it has found so far.
 *
 * @throws Problem 404 when there is none
 */
export const toJobResponse = (job: CorrectionJob | undefined) => {
  if (job === undefined) throw problemOfRefusal(unknownJob);
  const { jobId, kind, status, startedAt, finishedAt, correctedRecords, leftUnrated, range } = job;
  const { scannedPosition, throughPosition } = job;
  const progress =
    status === 'finished' ? 1 : Math.floor((scannedPosition / Math.max(1, throughPosition)) * 10_000) / 10_000;
  const shown = { jobId, kind, status, progress, correctedRecords, leftUnrated, startedAt, finishedAt };
  if (range?.dryRun !== true) return shown;
  const { records, differenceMicros } = range;
  return { ...shown, wouldCorrect: { records, ...signedMicros(BigInt(differenceMicros)) } };
};

const unknownJob = refuse('unknownJob', 'There is no job with this id.');

const signedMicros = (difference: bigint) => {
  const micros = Number(difference);
  return Number.isSafeInteger(micros)
    ? { differenceMicros: micros }
    : { differenceMicros: null, differenceMicrosExact: String(difference) };
};
