import { refuse } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import type { MeteringCode } from './metering.codes.js';
import type { CorrectionJob, PublicationProgress } from './corrections.view.js';
import { correctedRow } from './metered-row.js';
import type { MeteredRow } from './metered-row.js';
import { type Charge, type CorrectedRow, type CorrectionEvent, overZeroRatings } from './metering.events.js';

/** A record as it stands now; no charge when it is void. */
export interface CurrentRecord {
  readonly record: MeteredRow;
  readonly charge: Charge | null;
}

/** The group a record is charged to; of one that is void, the one that it was first charged to. */
export const groupOf = ({ record, charge }: CurrentRecord): string => (charge ?? record.charge).groupId;

/** Takes a record out of every total. The first void stands; a second is refused with `alreadyVoided`. */
export const decideVoid = ({ record, charge }: CurrentRecord): readonly CorrectionEvent[] | Refusal<MeteringCode> =>
  charge === null
    ? refuse('alreadyVoided', `Record ${record.id} of ${record.source} is void already.`)
    : [{ type: 'RecordVoided', data: { rows: [correctedRow(record, charge, null)] } }];

/** The job that brings a published price to the records rated without it. Its id says what it is for. */
export const ratingJob = ({
  number,
  priceVersion,
  model,
  fromMs,
  neededThrough,
}: PublicationProgress): CorrectionEvent => ({
  type: 'ReratingStarted',
  data: {
    jobId: `rerating:${String(number)}:${String(neededThrough)}`,
    model,
    fromMs,
    priceVersion,
    throughPosition: neededThrough,
  },
});

/** What cannot be rated: no price, and then no version either, or a cost beyond what an amount holds. */
interface Unrated {
  readonly costMicros: null;
  readonly priceVersion: string | null;
}

/** What a re-rating goes by. */
export interface Pricing {
  /** What the price book says about a record today. */
  readonly rateAgain: (record: MeteredRow, overZero: boolean) => Omit<Charge, 'groupId'> | Unrated;
  /** What one record may cost at most, in micros, by the setting for when it occurred. */
  readonly maxMicrosAt: (occurredAtMs: number) => number;
}

/** What a correction asks of the names of price versions. */
export interface VersionNames {
  /** Whether what was rated with the version owes it to the publication. */
  readonly isRatedBy: (priceVersion: string, published: string) => boolean;
  /** Whether it owes it to no publication. */
  readonly isBuiltIn: (priceVersion: string) => boolean;
}

/**
 * The correction a job makes to one record, if it concerns it. A void record stays void, a reported cost is never
 * re-rated, and what is already as it should be is left alone, so that a job may look at a record twice. `leftUnrated`
 * is a record that the job concerns and that it leaves as it was: nothing prices it now, or it would cost too much.
 */
export const correctionOf = (
  job: CorrectionJob,
  { record, charge }: CurrentRecord,
  pricing: Pricing,
  names: VersionNames,
): CorrectedRow | 'leftUnrated' | undefined => {
  if (charge === null) return undefined;
  const after =
    job.reattribution === null
      ? rerated(job, record, charge, pricing, names)
      : reattributed(job.reattribution, record, charge);
  return after === undefined || after === 'leftUnrated' ? after : correctedRow(record, charge, after);
};

/**
 * A publication concerns the records whose look-up finds it now, or no longer finds what another publication said;
 * built-in prices move nothing by themselves. A range concerns all that occurred in it. Nothing becomes dearer than one
 * record may be, as a slip in a price would make it.
 */
const rerated = (
  { rerating, range }: CorrectionJob,
  record: MeteredRow,
  charge: Charge,
  { rateAgain, maxMicrosAt }: Pricing,
  { isRatedBy, isBuiltIn }: VersionNames,
): Charge | 'leftUnrated' | undefined => {
  if (charge.rating === 'reported') return undefined;
  if (rerating !== null && record.occurredAtMs < rerating.fromMs) return undefined;
  if (range !== null && (record.occurredAtMs < range.fromMs || record.occurredAtMs >= range.toMs)) return undefined;
  const rated = rateAgain(record, overZeroRatings.has(charge.rating));
  const { priceVersion, costMicros } = rated;
  if (priceVersion === charge.priceVersion) return undefined;
  const isConcerned =
    rerating === null ||
    !isBuiltIn(charge.priceVersion) ||
    (priceVersion !== null && isRatedBy(priceVersion, rerating.priceVersion));
  if (!isConcerned) return undefined;
  if (costMicros === null) return 'leftUnrated';
  const isTooDear = costMicros > charge.costMicros && costMicros > maxMicrosAt(record.occurredAtMs);
  return isTooDear ? 'leftUnrated' : { ...charge, ...rated };
};

const reattributed = (
  { filter, fromMs, toMs, groupId }: NonNullable<CorrectionJob['reattribution']>,
  record: MeteredRow,
  charge: Charge,
): Charge | undefined => {
  if (charge.groupId === groupId) return undefined;
  const concerned =
    record.occurredAtMs >= fromMs &&
    record.occurredAtMs < toMs &&
    (filter.group === undefined || filter.group === charge.groupId) &&
    (filter.user === undefined || filter.user === record.userId) &&
    (filter.source === undefined || filter.source === record.source) &&
    (filter.skill === undefined || filter.skill === record.skill);
  return concerned ? { ...charge, groupId } : undefined;
};
