import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { formatDay } from '#kernel/instants.js';
import { correctionOf, ratingJob } from '../domain/corrections.js';
import type { Pricing } from '../domain/corrections.js';
import type { CorrectionJob } from '../domain/corrections.view.js';
import { meteredRow } from '../domain/metered-row.js';
import { isRecordsMetered, ratings, rowsPerEvent } from '../domain/metering.events.js';
import type { CorrectionEvent, MeteredColumns } from '../domain/metering.events.js';
import { maxRecordMicrosOn } from '#organisation/domain/organisation.js';
import { isBuiltIn, isRatedBy } from '#prices/domain/price-alias.js';
import { rate } from '#prices/domain/rating.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { PricesView } from '#prices/domain/prices.view.js';
import { CorrectionsView } from '../domain/corrections.view.js';
import { retryOnConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import { type Found, mayConcern, stepOf } from './correction-step.js';
import { CorrectionsStream, correctionsStream } from '../commands/corrections-stream.js';
import { Records } from '../queries/records.js';

/** Events of the log a job reads before it writes down how far it has come. */
const eventsPerStep = 256;

/**
 * Level-triggered reconciliation: works off corrections over many records: re-rating when a price was published, re-
 * attribution on request. It is level-triggered: it looks at what the views say is still to be done, so a wake-up that
 * is lost or a process that dies costs time only. Each step is one event with what it moved and how far it came.
 */
@Injectable()
export class CorrectionJobs {
  private working: Promise<void> | undefined;
  private stopped = false;
  private readonly logger = new Logger(CorrectionJobs.name);
  /** How often a step failed; it is tried again. For metrics. */
  failures = 0;

  constructor(
    private readonly log: EventLog,
    private readonly corrections: CorrectionsStream,
    private readonly organisation: OrganisationView,
    private readonly prices: PricesView,
    private readonly correctionsView: CorrectionsView,
    private readonly records: Records,
    private readonly clock: Clock,
  ) {}

  /** Starts to work if there is anything to do. May be called at any time. */
  wake(): void {
    if (this.stopped || this.working !== undefined || !this.pending()) return;
    this.working = this.work().then(
      () => {
        this.working = undefined;
        this.wake();
      },
      (error: unknown) => {
        // Tried again at the next wake-up, which the next event brings.
        this.working = undefined;
        this.failures++;
        this.logger.error(error);
      },
    );
  }

  /** Resolves when the step under way is finished. The rest is done after the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
  }

  /**
   * Begins the job that brings a published price to the records rated without it, and answers its id: undefined if
   * no record needs it.
   */
  async begin(priceVersion: string): Promise<string | undefined> {
    const { jobId } = await retryOnConflict(correctionsStream, async () => {
      const revision = this.correctionsView.revision();
      const publication = this.correctionsView.due().find((due) => due.priceVersion === priceVersion);
      const job = this.correctionsView.ratingJobOf(priceVersion);
      if (job !== undefined || publication === undefined) return { jobId: job?.jobId };
      await this.append(ratingJob(publication), revision, `rerating of ${priceVersion}`);
      this.wake();
      return undefined;
    });
    return jobId;
  }

  private pending(): boolean {
    return this.correctionsView.due().length > 0 || this.correctionsView.running().length > 0;
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      const revision = this.correctionsView.revision();
      const job = this.correctionsView.running().at(0);
      if (job !== undefined) await this.step(job, revision);
      else {
        const publication = this.correctionsView.due().at(0);
        if (publication === undefined) return;
        await this.append(ratingJob(publication), revision, `rerating of ${publication.priceVersion}`);
      }
    }
  }

  // Reading takes turns, in which a record may be voided: then the revision is no longer this one, nothing is appended,
  // and the step begins anew.
  private async step(job: CorrectionJob, revision: number): Promise<void> {
    const found: Found = { rows: [], leftUnrated: 0 };
    let scanned = job.scannedPosition;
    let done = false;
    for (let looked = 0; looked < eventsPerStep; looked++) {
      // One at a time: an event may fill the step, and to decode those after it would be for nothing.
      const event = (await this.log.readAll(scanned, 1)).at(0);
      done = event === undefined || event.position > job.throughPosition;
      if (event === undefined || done) break;
      if (isRecordsMetered(event)) {
        const { rows, leftUnrated } = await this.correctionsIn(job, event.position, event.data);
        if (found.rows.length + rows.length > rowsPerEvent) break;
        found.rows.push(...rows);
        found.leftUnrated += leftUnrated;
      }
      scanned = event.position;
      await nextTurn();
    }
    const { jobId } = job;
    if (found.rows.length > 0 || found.leftUnrated > 0 || !done) {
      await this.append(stepOf(job, found, scanned), revision, jobId);
    } else {
      await this.append(
        { type: 'CorrectionFinished', data: { jobId, correctedRecords: job.correctedRecords } },
        revision,
        jobId,
      );
    }
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

  private async append(event: CorrectionEvent, expectedRevision: number, cause: string): Promise<void> {
    const meta = {
      commandId: `${cause}#${String(expectedRevision + 1)}`,
      nowMs: this.clock.now(),
      actor: 'system:corrections',
      reason: cause,
    };
    await this.corrections.append(event, expectedRevision, meta);
  }
}
