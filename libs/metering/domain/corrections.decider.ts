import { type CommandOf, type Decider, unreachable } from '#kernel/decider.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { type CorrectionStep, stepEvent } from './correction-step.js';
import { decideVoid, ratingJob, type CurrentRecord } from './corrections.js';
import type { CorrectionJob, PublicationProgress } from './corrections.view.js';
import type { MeteringCode } from './metering.codes.js';
import type { CorrectionEvent } from './metering.events.js';

/** The one stream of corrections. Its order settles who corrects a record first, for any number of processes. */
export const correctionsStream = 'corrections';

/** Which records a re-attribution concerns, and the group that they are charged to from then on. */
export type Reattribution = NonNullable<CorrectionJob['reattribution']>;
/** Which records are rated anew, and whether they are only counted. */
export type Rerating = Omit<NonNullable<CorrectionJob['range']>, 'records' | 'differenceMicros'>;
/** What a record is known by, for ever. */
export interface RecordIdentity {
  readonly source: string;
  readonly id: string;
}

export type CorrectionCommand =
  | CommandOf<'VoidRecord', RecordIdentity>
  | CommandOf<'ReattributeRecords', Reattribution>
  | CommandOf<'RerateRange', Rerating>
  | CommandOf<'BeginRerating', { readonly priceVersion: string }>
  | CommandOf<'AdvanceCorrection', { readonly jobId: string }>;

/** What a command about corrections is decided on: of all that the stream and the log say, what concerns it. */
export interface CorrectionsState {
  /** The log position that the views stand at: a job corrects what was metered up to there. */
  readonly position: number;
  /** Why the group that is to be charged cannot be. */
  readonly noGroup?: Refusal<DirectoryCode> | undefined;
  /** The record that is to be voided. */
  readonly standing?: CurrentRecord;
  /** The published price that records are to be brought to, if no job has come to all of them. */
  readonly due?: PublicationProgress | undefined;
  /** The job that is under way for the price, or that is to go on. */
  readonly job?: CorrectionJob | undefined;
  /** What the next part of the log holds for the job. */
  readonly step?: CorrectionStep;
}

/** The refusal of a record that the log does not hold. */
export const unknownRecord = refuse('unknownRecord', 'No record with this source and id was metered.');

/** The id of the job that a command of somebody begins: the same command begins one job. */
export const jobIdOf = (kind: 'reattribution' | 're-rate', commandId: string): string =>
  `${kind}:${commandId.replace(/^key-/, '').split(':')[0]}`;

/**
 * Decides on voids and on jobs that correct many records. Its state is no fold of its own: the view of corrections has
 * the jobs, the log the records.
 */
export const correctionsDecider: Decider<
  CorrectionCommand,
  CorrectionsState,
  CorrectionEvent,
  MeteringCode | DirectoryCode
> = {
  initial: { position: 0 },
  evolve: (state) => state,
  decide: (command, { position, noGroup, standing, due, job, step }) => {
    const { commandId } = command.meta;
    switch (command.type) {
      case 'VoidRecord':
        return standing === undefined ? unknownRecord : decideVoid(standing);
      case 'ReattributeRecords': {
        const data = { ...command.data, jobId: jobIdOf('reattribution', commandId), throughPosition: position };
        return noGroup ?? [{ type: 'ReattributionStarted', data }];
      }
      case 'RerateRange': {
        const data = { ...command.data, jobId: jobIdOf('re-rate', commandId), throughPosition: position };
        return [{ type: 'RangeReratingStarted', data }];
      }
      case 'BeginRerating':
        return due === undefined || job?.status === 'running' ? [] : [ratingJob(due)];
      case 'AdvanceCorrection':
        return job?.status !== 'running' || step === undefined ? [] : [stepEvent(job, step)];
      default:
        return unreachable(command);
    }
  },
};
