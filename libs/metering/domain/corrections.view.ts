import { z } from 'zod';
import { unreachable } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import { isPricesEvent, pricesEventTypes } from '#prices/domain/prices.events.js';
import { type Announced, publication } from '#prices/domain/prices.slots.js';
import type { Changes } from '#event-sourcing/changes.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { type CorrectionEvent, correctionEventTypes, isCorrectionEvent, isRecordsMetered } from './metering.events.js';
import { correctionChanges } from './metering.slots.js';

/** A correction over many records: what it changes, how far it has come. */
const correctionJob = z.strictObject({
  jobId: z.string(),
  kind: z.enum(['rerating', 'rangeRerating', 'reattribution']),
  status: z.enum(['running', 'finished']),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  /** Positions after which records are already right: the job reads the log up to there. */
  throughPosition: z.int(),
  scannedPosition: z.int(),
  correctedRecords: z.int(),
  /** Records that a re-rating concerns and has left as they were: without a price now, or too dear. */
  leftUnrated: z.int(),
  /** One published price, for the records whose look-up it changes. */
  rerating: z.strictObject({ model: z.string(), fromMs: z.int(), priceVersion: z.string() }).nullable(),
  /** All records of a range, looked up anew. A dry run counts what it would correct. */
  range: z
    .strictObject({
      fromMs: z.int(),
      toMs: z.int(),
      dryRun: z.boolean(),
      /** What a dry run has found so far; the difference in micros, as decimal digits. */
      records: z.int(),
      differenceMicros: z.string(),
    })
    .nullable(),
  reattribution: z
    .strictObject({
      filter: z.strictObject({
        group: z.string().optional(),
        user: z.string().optional(),
        source: z.string().optional(),
        skill: z.string().optional(),
      }),
      fromMs: z.int(),
      toMs: z.int(),
      groupId: z.string(),
    })
    .nullable(),
});
export type CorrectionJob = z.infer<typeof correctionJob>;

/** A published price, and up to where in the log records may have been rated without it. */
const savedPublication = z.strictObject({
  /** The how manieth it is, from 1. */
  number: z.int(),
  priceVersion: z.string(),
  /** Empty for a fallback price. */
  model: z.string(),
  fromMs: z.int(),
  neededThrough: z.int(),
  doneThrough: z.int(),
});
export type PublicationProgress = z.infer<typeof savedPublication>;

type Step = Extract<CorrectionEvent, { data: { scannedPosition: number } }>['data'];

const savedCorrections = z.strictObject({
  revision: z.int(),
  jobs: z.array(correctionJob),
  publications: z.array(savedPublication),
});

/** Jobs with their progress, and which published prices still have records to re-rate. */
export class CorrectionsView extends View {
  readonly name = 'corrections';
  readonly handles = ['RecordsMetered', ...correctionEventTypes, ...pricesEventTypes];
  #revision = -1;
  #jobs = new Map<string, CorrectionJob>();
  #publications: PublicationProgress[] = [];

  apply(event: StoredEvent, at: FoldContext): void {
    if (isRecordsMetered(event)) this.#noteRating(event.position, event.data.pricesKnown, at.changes);
    else if (isPricesEvent(event)) this.#notePublication(at.get(publication), event.position, at.changes);
    else if (isCorrectionEvent(event)) {
      this.#evolve(event, event.revision, formatInstant(event.recordedAtMs));
      if ('jobId' in event.data) at.changes.add(correctionChanges, event.data.jobId);
    }
  }

  revision = (): number => this.#revision;
  job = (jobId: string): CorrectionJob | undefined => this.#jobs.get(jobId);
  /** The latest job that brings this price to records, if one has begun. */
  ratingJobOf = (priceVersion: string): CorrectionJob | undefined =>
    [...this.#jobs.values()].findLast(({ rerating }) => rerating?.priceVersion === priceVersion);
  running = (): readonly CorrectionJob[] => [...this.#jobs.values()].filter(({ status }) => status === 'running');
  /** Publications with records to re-rate that no job has come to. */
  due = (): readonly PublicationProgress[] =>
    this.#publications.filter(({ neededThrough, doneThrough }) => neededThrough > doneThrough);

  /** How far this price has come, if it is one of them. */
  dueOf = (priceVersion: string): PublicationProgress | undefined =>
    this.due().find((publication) => publication.priceVersion === priceVersion);

  save(): z.infer<typeof savedCorrections> {
    return {
      revision: this.#revision,
      jobs: [...this.#jobs.values()],
      publications: this.#publications.map((publication) => ({ ...publication })),
    };
  }
  load(saved: object): void {
    const { revision, jobs, publications } = savedCorrections.parse(saved);
    this.#revision = revision;
    this.#jobs = new Map(jobs.map((job) => [job.jobId, job]));
    this.#publications = publications;
  }

  /** A price was published at this position: whatever was rated before may need it. */
  #notePublication(price: Announced | undefined, position: number, changes: Changes): void {
    if (price === undefined) return;
    changes.add(correctionChanges, price.priceVersion);
    const number = this.#publications.length + 1;
    this.#publications.push({ number, ...price, neededThrough: position, doneThrough: 0 });
  }

  /** Records were stored at this position by somebody who knew only the first `pricesKnown` publications. */
  #noteRating(position: number, pricesKnown: number, changes: Changes): void {
    for (let unknown = pricesKnown; unknown < this.#publications.length; unknown++) {
      this.#publications[unknown].neededThrough = position;
      changes.add(correctionChanges, this.#publications[unknown].priceVersion);
    }
  }

  #evolve(event: CorrectionEvent, revision: number, recordedAt: string): void {
    this.#revision = revision;
    switch (event.type) {
      case 'RecordVoided':
        return;
      case 'ReratingStarted':
      case 'RangeReratingStarted':
      case 'ReattributionStarted':
        this.#jobs.set(event.data.jobId, begun(event, recordedAt));
        return;
      case 'RecordsCorrected':
      case 'CorrectionsEstimated': {
        const job = this.#jobs.get(event.data.jobId);
        if (job !== undefined) this.#jobs.set(job.jobId, afterStep(job, event.data));
        return;
      }
      case 'CorrectionFinished':
        this.#finish(event.data.jobId, recordedAt);
        return;
      default:
        unreachable(event);
    }
  }

  #finish(jobId: string, finishedAt: string): void {
    const job = this.#jobs.get(jobId);
    if (job !== undefined) this.#jobs.set(jobId, { ...job, status: 'finished', finishedAt });
    const done = this.#publications.find(({ priceVersion }) => priceVersion === job?.rerating?.priceVersion);
    if (done !== undefined && job !== undefined) done.doneThrough = Math.max(done.doneThrough, job.throughPosition);
  }
}

type JobStarted = Extract<CorrectionEvent, { data: { throughPosition: number } }>;

const begun = ({ data }: JobStarted, startedAt: string): CorrectionJob => {
  const { jobId, throughPosition, ...about } = data;
  const job = {
    jobId,
    status: 'running' as const,
    startedAt,
    finishedAt: null,
    throughPosition,
    scannedPosition: 0,
    correctedRecords: 0,
    leftUnrated: 0,
    rerating: null,
    range: null,
    reattribution: null,
  };
  if ('priceVersion' in about) return { ...job, kind: 'rerating', rerating: about };
  if ('filter' in about) return { ...job, kind: 'reattribution', reattribution: about };
  return { ...job, kind: 'rangeRerating', range: { ...about, records: 0, differenceMicros: '0' } };
};

const afterStep = (job: CorrectionJob, step: Step): CorrectionJob => {
  const { leftUnrated = 0, scannedPosition } = step;
  const stepped = { ...job, scannedPosition, leftUnrated: job.leftUnrated + leftUnrated };
  if ('rows' in step) return { ...stepped, correctedRecords: job.correctedRecords + step.rows.length };
  const { range } = job;
  if (range === null) return stepped;
  const difference = BigInt(range.differenceMicros) + BigInt(step.differenceMicros);
  return {
    ...stepped,
    range: { ...range, records: range.records + step.records, differenceMicros: String(difference) },
  };
};
