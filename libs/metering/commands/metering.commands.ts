import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import { isRefusal, refuse } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import { isForeign, type KeyLimits, ofOtherGroup, ofOtherSource } from '#kernel/reach.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { EventSourcingCode } from '#event-sourcing/commands/event-sourcing.codes.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import type { MeteringCode } from '../domain/metering.codes.js';
import { decideVoid, groupOf } from '../domain/corrections.js';
import type { StandingRecord } from '../domain/corrections.js';
import type { CorrectionJob } from '../domain/corrections.view.js';
import type { CorrectionEvent, TaskFinished } from '../domain/metering.events.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { CorrectionsView } from '../domain/corrections.view.js';
import { IdempotencyKeysView } from '#event-sourcing/commands/idempotency-keys.view.js';
import { FanOutGroups } from '../queries/fan-out-groups.js';
import { unknownGroup } from '#directory/domain/unknown-group.js';
import { retryOnConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import { keyOfAnother } from '#event-sourcing/commands/idempotency-keys.view.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { Ids } from '#directory/queries/ids.js';
import { CorrectionJobs } from '../sagas/correction-jobs.js';
import { CorrectionsStream, correctionsStream } from './corrections-stream.js';
import { OwnStream } from './own-stream.js';
import { Records } from '../queries/records.js';

type Rerating = Omit<NonNullable<CorrectionJob['range']>, 'records' | 'differenceMicros'>;
type Reattribution = NonNullable<CorrectionJob['reattribution']>;

/** Corrections and task ends: what is said about records that are already metered. */
@Injectable()
export class MeteringCommands {
  constructor(
    private readonly feed: Feed,
    private readonly directory: DirectoryView,
    private readonly correctionsView: CorrectionsView,
    private readonly spentCommands: IdempotencyKeysView,
    private readonly fanOuts: FanOutGroups,
    private readonly records: Records,
    private readonly corrections: CorrectionsStream,
    private readonly jobs: CorrectionJobs,
    private readonly own: OwnStream,
    private readonly ids: Ids,
  ) {}

  /** Voids one record. Refuses with `unknownRecord` or `alreadyVoided`. Answers the record as it was before. */
  voidRecord(
    source: string,
    id: string,
    meta: CommandMeta,
  ): Promise<StandingRecord | Refusal<MeteringCode | EventSourcingCode>> {
    return retryOnConflict(correctionsStream, async () => {
      const revision = this.correctionsView.revision();
      const standing = await this.records.find(source, id);
      if (standing === undefined) return refuse('unknownRecord', 'No record with this source and id was metered.');
      const spent = this.spent(meta);
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
      const spent = this.spent(meta);
      if (spent !== 'new') return spent === 'repeat' ? jobId : spent;
      const event = begun(jobId, this.feed.position);
      if (isRefusal(event)) return event;
      if ((await this.corrections.append(event, revision, meta)) === undefined) return undefined;
      this.jobs.wake();
      return jobId;
    });
  }

  /**
   * Says how a task ended. The first word stands: the same again changes nothing, another is `taskAlreadyFinished`. A
   * key with limits ends what nobody but itself has metered: else `groupNotAllowed` or `sourceNotAllowed`. What nobody
   * has metered yet is not there (`unknownTask`) for a key that is limited to groups: it may become another's.
   */
  async finishTask(
    asked: TaskFinished['data'],
    meta: CommandMeta,
    limits: KeyLimits,
  ): Promise<TaskFinished['data'] | Refusal<MeteringCode | DirectoryCode | KernelCode | EventSourcingCode>> {
    const refused = await this.ofOthers(this.ids.found('task', asked.taskId), limits);
    if (refused !== undefined) return refused;
    const taskId = this.ids.taken('task', asked.taskId, 'taskId');
    if (isRefusal(taskId)) return taskId;
    const finish = { ...asked, taskId };
    const known = await this.records.finishOf(finish.taskId);
    const spent = this.spent(meta);
    if (spent !== 'new' && spent !== 'repeat') return spent;
    if (known !== undefined) {
      return known.status === finish.status
        ? known
        : refuse('taskAlreadyFinished', `The task has ${known.status} at ${known.at}.`);
    }
    const { commandId, nowMs, actor, reason } = meta;
    const event = proposeEvent(
      commandId,
      0,
      { type: 'TaskFinished', data: finish },
      { commandId, now: formatInstant(nowMs), actor, reason },
    );
    await this.feed.reached(await this.own.append(event));
    // Two who finish a task at the same time are both stored; the first place in the log has decided.
    const decided = (await this.records.finishOf(finish.taskId)) ?? finish;
    return decided.status === finish.status
      ? decided
      : refuse('taskAlreadyFinished', `The task has ${decided.status} at ${decided.at}.`);
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

  /** Why a key may not speak for a task as a whole. */
  private async ofOthers(
    taskId: string,
    { groups, source }: KeyLimits,
  ): Promise<Refusal<MeteringCode | KernelCode> | undefined> {
    if (groups === null && source === null) return undefined;
    const records = await this.records.ofTask(taskId);
    if (groups !== null) {
      const asked = this.fanOuts.groupsOfTask(taskId);
      if (records.length === 0 && asked.length === 0) return unknownTask;
      const isOurs = records.every((standing) => groups.includes(groupOf(standing)));
      if (!isOurs || isForeign(groups, asked)) return ofOtherGroup;
    }
    return source === null || records.every(({ record }) => record.source === source) ? undefined : ofOtherSource;
  }

  private spent({ commandId, nowMs }: CommandMeta): 'new' | 'repeat' | Refusal<EventSourcingCode> {
    const verdict = this.spentCommands.verdict(commandId, nowMs);
    return verdict === 'conflict' ? keyOfAnother : verdict;
  }
}

const unknownTask = refuse(
  'unknownTask',
  'Nobody has metered this task: meter it first, as a key that is limited to groups ends only what is its own.',
);
