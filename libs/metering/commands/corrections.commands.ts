import type { CommandMeta } from '#kernel/decider.js';
import type { Refusal } from '#kernel/refusal.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { DecidedCommand } from '#event-sourcing/commands/decided-command.js';
import type { EventSourcingCode } from '#event-sourcing/commands/event-sourcing.codes.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { CurrentRecord } from '../domain/corrections.js';
import type { Reattribution, RecordIdentity, Rerating } from '../domain/corrections.decider.js';
import type { MeteringCode } from '../domain/metering.codes.js';

/** Voids one record. Refused with `unknownRecord` or `alreadyVoided`; answered with the record as it was before. */
export class VoidRecord extends DecidedCommand<
  RecordIdentity,
  CurrentRecord | Refusal<MeteringCode | EventSourcingCode>
> {
  readonly type = 'VoidRecord';
}

/** The job that a command has begun, or that the same command had begun before. */
interface JobBegun {
  readonly jobId: string;
}

/** Starts to charge another group for what the filter matches. Refused with `unknownGroup`. */
export class ReattributeRecords extends DecidedCommand<
  Reattribution,
  JobBegun | Refusal<DirectoryCode | EventSourcingCode>
> {
  readonly type = 'ReattributeRecords';
}

/** Starts to rate anew what occurred in a range, as prices stand now; a dry run only counts. */
export class RerateRange extends DecidedCommand<Rerating, JobBegun | Refusal<EventSourcingCode>> {
  readonly type = 'RerateRange';
}

/**
 * Begins the job that brings a published price to the records rated without it. Nothing happens if it runs, or if no
 * record needs it.
 */
export class BeginRerating extends DecidedCommand<{ readonly priceVersion: string }, Outcome> {
  readonly type = 'BeginRerating';
}

/** Takes a job through the next part of the log. Nothing happens if it has finished. */
export class AdvanceCorrection extends DecidedCommand<{ readonly jobId: string }, Outcome> {
  readonly type = 'AdvanceCorrection';
}

/** What Bursar itself does about a job or a price. */
const systemMeta = (cause: string, nowMs: number): CommandMeta => ({
  commandId: cause,
  nowMs,
  actor: 'system:corrections',
  reason: cause,
});

export const beginRerating = (priceVersion: string, nowMs: number): BeginRerating =>
  new BeginRerating({ priceVersion }, systemMeta(`rerating of ${priceVersion}`, nowMs));

export const advanceCorrection = (jobId: string, nowMs: number): AdvanceCorrection =>
  new AdvanceCorrection({ jobId }, systemMeta(jobId, nowMs));
