import type { Day } from '#kernel/days.js';
import { formatInstant } from '#kernel/instants.js';
import { Records } from '#metering/queries/records.js';
import type { CurrentRecord } from '#metering/domain/corrections.js';
import { meteredRow } from '#metering/domain/metered-row.js';
import type { MeteringRecord } from '#metering/domain/metering-record.js';
import { isRecordsMetered, overZeroRatings } from '#metering/domain/metering.events.js';
import type { Charge } from '#metering/domain/metering.events.js';
import { eventsUpTo } from '../verify/events-up-to.js';
import type { OpenDirectory } from '../verify/open-directory.js';
import type { Progress } from '../verify/progress.js';

/** A record as it was sent and, if asked for, what it is charged after every correction. */
export type ExportedRecord = MeteringRecord & { readonly charged?: Charge };

export interface ExportChoice {
  /** Days in the organisation's zone, `to` excluded; undefined for no bound. */
  readonly from: Day | undefined;
  readonly to: Day | undefined;
  /** Only records whose usage a key has said to be free, or all but those; undefined for all. */
  readonly free: 'only' | 'none' | undefined;
  /** Whether to say what each record is charged: the contract of metering has no such field. */
  readonly charged: boolean;
}

/**
 * Every record that counts, in the order of the log: not the void ones, and each identity once. What Bursar decided
 * (a group by membership, a rated cost) stands in `charged` only: to take the lines in again is to meter anew.
 */
export async function* exportedRecords(
  { log, head, standing: { views, fold, index } }: OpenDirectory,
  { from, to, free, charged }: ExportChoice,
  progress: Progress,
): AsyncGenerator<ExportedRecord, void> {
  for await (const event of eventsUpTo(log, fold.position, head, (done) => {
    progress(done, 2 * head);
  })) {
    fold.apply(event);
  }
  const calendar = views.organisation.calendar();
  const { currency } = views.organisation.organisation();
  const fromMs = from === undefined ? -Infinity : calendar.startOfDay(from);
  const toMs = to === undefined ? Infinity : calendar.startOfDay(to);
  const records = new Records(log, index);

  for await (const event of eventsUpTo(log, 0, head, (done) => {
    progress(head + done, 2 * head);
  })) {
    if (!isRecordsMetered(event)) continue;
    const left = new Set(views.metering.uncountedAt(event.position).map(({ row }) => row));
    for (let row = 0; row < event.data.count; row++) {
      const ms = event.data.occurredAtMs[row];
      if (left.has(row) || ms < fromMs || ms >= toMs) continue;
      const { record, charge } = await records.standing(meteredRow(event.data, row));
      const isChosen = charge !== null && (free === undefined || isFree(record, charge) === (free === 'only'));
      if (isChosen) yield { ...asSent(record, currency), ...(charged && { charged: charge }) };
    }
  }
}

/** Whether the sender's key said that a reported 0 is what the usage cost: else it would have been rated. */
const isFree = ({ usage }: CurrentRecord['record'], { rating, costMicros }: Charge): boolean =>
  rating === 'reported' &&
  costMicros === 0 &&
  Object.values(usage ?? {}).some((used) => typeof used === 'number' && used > 0);

/** The record in the shape of the metering contract. Fields that were not sent are undefined, which JSON leaves out. */
const asSent = (row: CurrentRecord['record'], currency: string): MeteringRecord => {
  const { charge, attribution, occurredAtMs, batch, ...sent } = row;
  return {
    ...sent,
    occurredAt: formatInstant(occurredAtMs),
    ...(attribution === 'record' && { groupId: charge.groupId }),
    ...(charge.rating === 'reported' && { costMicros: charge.costMicros, currency }),
    ...(overZeroRatings.has(charge.rating) && { costMicros: 0, currency }),
    ...(batch === true && { batch }),
  };
};
