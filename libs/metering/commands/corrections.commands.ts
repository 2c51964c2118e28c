import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import { isRefusal, refuse } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import type { EventSourcingCode } from '#event-sourcing/commands/event-sourcing.codes.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import type { MeteringCode } from '../domain/metering.codes.js';
import { decideVoid } from '../domain/corrections.js';
import type { CurrentRecord } from '../domain/corrections.js';
import type { CorrectionJob } from '../domain/corrections.view.js';
import type { CorrectionEvent } from '../domain/metering.events.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { CorrectionsView } from '../domain/corrections.view.js';
import { checkIdempotency } from '#event-sourcing/commands/check-idempotency.js';
import { IdempotencyKeysView } from '#event-sourcing/commands/idempotency-keys.view.js';
import { unknownGroup } from '#directory/domain/unknown-group.js';
import { retryOnConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { Ids } from '#directory/queries/ids.js';
import { CorrectionJobs } from '../sagas/correction-jobs.js';
import { CorrectionsStream, correctionsStream } from './corrections-stream.js';
import { Records } from '../queries/records.js';

type Rerating = Omit<NonNullable<CorrectionJob['range']>, 'records' | 'differenceMicros'>;
type Reattribution = NonNullable<CorrectionJob['reattribution']>;

/** Voids, re-attributions and re-ratings: what becomes of records that are already metered. */
@Injectable()
export class CorrectionsCommands {
  constructor(
    private readonly feed: Feed,
    private readonly directory: DirectoryView,
    private readonly correctionsView: CorrectionsView,
    private readonly spentCommands: IdempotencyKeysView,
    private readonly records: Records,
    private readonly corrections: CorrectionsStream,
    private readonly jobs: CorrectionJobs,
    private readonly ids: Ids,
  ) {}

  /** Voids one record. Refuses with `unknownRecord` or `alreadyVoided`. Answers the record as it was before. */
  voidRecord(
    source: string,
    id: string,
    meta: CommandMeta,
  ): Promise<CurrentRecord | Refusal<MeteringCode | EventSourcingCode>> {
    return retryOnConflict(correctionsStream, async () => {
      const revision = this.correctionsView.revision();
      const standing = await this.records.find(source, id);
      if (standing === undefined) return refuse('unknownRecord', 'No record with this source and id was metered.');
      const spent = checkIdempotency(this.spentCommands, meta);
      if (spent !== 'new') return spent === 'repeat' ? standing : spent;
      const events = decideVoid(standing);
      if (isRefusal(events)) return events;
      return (await this.corrections.append(events[0], revision, meta)) === undefined ? undefined : standing;
    });
  }

  /** Starts to charge another group for what the filter matches. Refuses with `unknownGroup`. Answers the id of the job. */
  reattribute(asked: Reattribution, meta: CommandMeta): Promise<string | Refusal<DirectoryCode | EventSourcingCode>> {
    const reattribution = this.withFoundIds(asked);
    return this.beginJob('reattribution', meta, (jobId, throughPosition) =>
      this.directory.group(reattribution.groupId) === undefined
        ? unknownGroup
        : { type: 'ReattributionStarted', data: { ...reattribution, jobId, throughPosition } },
    );
  }

  /** Starts to rate anew what occurred in a range, as prices stand now; a dry run only counts. Answers the id of the job. */
  rerate(range: Rerating, meta: CommandMeta): Promise<string | Refusal<EventSourcingCode>> {
    return this.beginJob('re-rate', meta, (jobId, throughPosition) => ({
      type: 'RangeReratingStarted',
      data: { ...range, jobId, throughPosition },
    }));
  }

  private beginJob<Code extends string = never>(
    kind: string,
    meta: CommandMeta,
    begun: (jobId: string, throughPosition: number) => CorrectionEvent | Refusal<Code>,
  ): Promise<string | Refusal<Code | EventSourcingCode>> {
    const jobId = `${kind}:${meta.commandId.replace(/^key-/, '').split(':')[0]}`;
    return retryOnConflict(correctionsStream, async () => {
      const revision = this.correctionsView.revision();
      const spent = checkIdempotency(this.spentCommands, meta);
      if (spent !== 'new') return spent === 'repeat' ? jobId : spent;
      const event = begun(jobId, this.feed.position);
      if (isRefusal(event)) return event;
      if ((await this.corrections.append(event, revision, meta)) === undefined) return undefined;
      this.jobs.wake();
      return jobId;
    });
  }

  /** Whatever is stored is found, and nothing is stored under another text. */
  private withFoundIds({ filter, ...rest }: Reattribution): Reattribution {
    const { group, user, skill } = filter;
    return {
      ...rest,
      groupId: this.ids.found('group', rest.groupId),
      filter: {
        ...filter,
        ...(group !== undefined && { group: this.ids.found('group', group) }),
        ...(user !== undefined && { user: this.ids.found('user', user) }),
        ...(skill !== undefined && { skill: this.ids.found('name', skill) }),
      },
    };
  }
}
