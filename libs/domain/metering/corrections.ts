import { refuse } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import type { CorrectionJob, Publication } from './corrections.view.js';
import { correctedRow } from './metered-row.js';
import type { MeteredRow } from './metered-row.js';
import type { Charge, CorrectedRow, CorrectionEvent } from './metering.events.js';

/** A record as it stands now; no charge when it is void. */
export interface StandingRecord {
  readonly record: MeteredRow;
  readonly charge: Charge | null;
}

/** Takes a record out of every total. The first void stands; a second is refused with `alreadyVoided`. */
export const decideVoid = ({ record, charge }: StandingRecord): readonly CorrectionEvent[] | Refusal =>
  charge === null
    ? refuse('alreadyVoided', `Record ${record.id} of ${record.source} is void already.`)
    : [{ type: 'RecordVoided', data: { rows: [correctedRow(record, charge, null)] } }];

/** The job that brings a published price to the records rated without it. Its id says what it is for. */
export const ratingJob = ({ number, priceVersion, model, fromMs, neededThrough }: Publication): CorrectionEvent => ({
  type: 'ReratingStarted',
  data: {
    jobId: `rerating:${String(number)}:${String(neededThrough)}`,
    model,
    fromMs,
    priceVersion,
    throughPosition: neededThrough,
  },
});

/** What the price book says about a record today. */
export type RateAgain = (record: MeteredRow) => Pick<Charge, 'costMicros' | 'rating' | 'priceVersion'> | undefined;

/**
 * The correction a job makes to one record, if it concerns it. A void record stays void, a reported cost is never
 * re-rated, and what is already as it should be is left alone, so that a job may look at a record twice.
 *
 * @param model the record's model as the price book names it
 */
export const correctionOf = (
  job: CorrectionJob,
  { record, charge }: StandingRecord,
  model: string,
  rateAgain: RateAgain,
): CorrectedRow | undefined => {
  if (charge === null) return undefined;
  const after =
    job.rerating === null ? reattributed(job, record, charge) : rerated(job.rerating, record, charge, model, rateAgain);
  return after === undefined ? undefined : correctedRow(record, charge, after);
};

const rerated = (
  rerating: NonNullable<CorrectionJob['rerating']>,
  record: MeteredRow,
  charge: Charge,
  model: string,
  rateAgain: RateAgain,
): Charge | undefined => {
  const concerned = rerating.model === '' ? charge.rating === 'unpriced' : model === rerating.model;
  if (charge.rating === 'reported' || !concerned || record.occurredAtMs < rerating.fromMs) return undefined;
  const rated = rateAgain(record);
  return rated === undefined || rated.priceVersion === charge.priceVersion ? undefined : { ...charge, ...rated };
};

const reattributed = ({ reattribution }: CorrectionJob, record: MeteredRow, charge: Charge): Charge | undefined => {
  if (reattribution === null || charge.groupId === reattribution.groupId) return undefined;
  const { filter, fromMs, toMs, groupId } = reattribution;
  const concerned =
    record.occurredAtMs >= fromMs &&
    record.occurredAtMs < toMs &&
    (filter.group === undefined || filter.group === charge.groupId) &&
    (filter.user === undefined || filter.user === record.userId) &&
    (filter.source === undefined || filter.source === record.source) &&
    (filter.skill === undefined || filter.skill === record.skill);
  return concerned ? { ...charge, groupId } : undefined;
};
