import { nextTurn } from '#event-sourcing/turns.js';
import { Injectable } from '@nestjs/common';
import { formatDay } from '#kernel/instants.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { maxRecordMicrosOn } from '#organisation/domain/organisation.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { isBuiltIn, isRatedBy } from '#prices/domain/price-alias.js';
import type { PriceBook } from '#prices/domain/price-book.js';
import { PricesView } from '#prices/domain/prices.view.js';
import { rate } from '#prices/domain/rating.js';
import type { CorrectionStep } from '../domain/correction-step.js';
import { correctionOf, type Pricing } from '../domain/corrections.js';
import type { CorrectionJob } from '../domain/corrections.view.js';
import { meteredRow } from '../domain/metered-row.js';
import { isRecordsMetered, ratings, rowsPerEvent } from '../domain/metering.events.js';
import type { CorrectedRow, MeteredColumns } from '../domain/metering.events.js';
import { Records } from '../queries/records.js';

/** Events of the log a job reads before it writes down how far it has come. */
const eventsPerStep = 256;

interface Found {
  readonly rows: CorrectedRow[];
  leftUnrated: number;
}

/** Reads the log for jobs that correct many records, part by part, and says what is to be corrected. */
@Injectable()
export class CorrectionReader {
  constructor(
    private readonly log: EventLog,
    private readonly organisation: OrganisationView,
    private readonly prices: PricesView,
    private readonly records: Records,
  ) {}

  /** The part behind what the job has scanned. It takes turns, in which a record may be voided: decide anew then. */
  async next(job: CorrectionJob): Promise<CorrectionStep> {
    const found: Found = { rows: [], leftUnrated: 0 };
    let scannedPosition = job.scannedPosition;
    let isLast = false;
    for (let looked = 0; looked < eventsPerStep; looked++) {
      // One at a time: an event may fill the step, and to decode those after it would be for nothing.
      const event = (await this.log.readAll(scannedPosition, 1)).at(0);
      isLast = event === undefined || event.position > job.throughPosition;
      if (event === undefined || isLast) break;
      if (isRecordsMetered(event)) {
        const { rows, leftUnrated } = await this.correctionsIn(job, event.position, event.data);
        if (found.rows.length + rows.length > rowsPerEvent) break;
        found.rows.push(...rows);
        found.leftUnrated += leftUnrated;
      }
      scannedPosition = event.position;
      await nextTurn();
    }
    return { ...found, scannedPosition, isLast };
  }

  private async correctionsIn(job: CorrectionJob, position: number, columns: MeteredColumns): Promise<Found> {
    const found: Found = { rows: [], leftUnrated: 0 };
    if (!mayConcern(job, columns, this.prices.book)) return found;
    for (let row = 0; row < columns.count; row++) {
      const record = meteredRow(columns, row);
      if (!this.records.counts(record, position, row)) continue;
      const standing = await this.records.standing(record);
      const correction = correctionOf(job, standing, this.pricing, { isRatedBy, isBuiltIn });
      if (correction === 'leftUnrated') found.leftUnrated++;
      else if (correction !== undefined) found.rows.push(correction);
    }
    return found;
  }

  private readonly rateAgain: Pricing['rateAgain'] = (record, overZero) => {
    const rated = { costMicros: 0, rating: 0, priceVersion: '' };
    const { model = '', occurredAtMs, batch, usage } = record;
    const tokens = {
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: 0,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      webSearches: 0,
      ...usage,
    };
    const fast = usage?.speed === 'fast' ? 1 : 0;
    const used = { model, occurredAtMs, batch: batch === true ? 1 : 0, fast, ...tokens };
    const fault = rate(this.prices.book, used, overZero, rated);
    if (fault === undefined) return { ...rated, rating: ratings[rated.rating] };
    return { costMicros: null, priceVersion: fault === 'pricesMissing' ? null : rated.priceVersion };
  };

  private readonly pricing: Pricing = {
    rateAgain: this.rateAgain,
    maxMicrosAt: (occurredAtMs) =>
      maxRecordMicrosOn(this.organisation.organisation(), formatDay(this.organisation.calendar().dayOf(occurredAtMs))),
  };
}

/** Whether a row of the event may concern the job: a look at its words spares most of its rows. */
const mayConcern = (
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
