import { CommandHandler, type CommandResult, type ICommandHandler } from '@nestjs/cqrs';
import type { CommandMeta } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { isForeign, type KeyLimits, ofOtherGroup, ofOtherSource } from '#kernel/reach.js';
import { isRefusal, refuse } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import { Ids } from '#directory/queries/ids.js';
import { checkIdempotency } from '#event-sourcing/commands/check-idempotency.js';
import { IdempotencyKeysView } from '#event-sourcing/commands/idempotency-keys.view.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { groupOf } from '../domain/corrections.js';
import type { MeteringCode } from '../domain/metering.codes.js';
import type { TaskFinished } from '../domain/metering.events.js';
import { FanOutGroups } from '../queries/fan-out-groups.js';
import { Records } from '../queries/records.js';
import { SingleWriterStream } from './single-writer-stream.js';
import { FinishTask } from './tasks.commands.js';

/**
 * Carries out `FinishTask`. It goes into this process's own stream, so no revision tells two apart: the first place in
 * the log has decided, as it does of records.
 */
@CommandHandler(FinishTask)
export class FinishTaskHandler implements ICommandHandler<FinishTask> {
  constructor(
    private readonly feed: Feed,
    private readonly spentCommands: IdempotencyKeysView,
    private readonly fanOuts: FanOutGroups,
    private readonly records: Records,
    private readonly stream: SingleWriterStream,
    private readonly ids: Ids,
  ) {}

  async execute({ data: asked, meta, limits }: FinishTask): Promise<CommandResult<FinishTask>> {
    const refused = await this.ofOthers(this.ids.found('task', asked.taskId), limits);
    if (refused !== undefined) return refused;
    const taskId = this.ids.taken('task', asked.taskId, 'taskId');
    if (isRefusal(taskId)) return taskId;
    const finish = { ...asked, taskId };
    const known = await this.records.finishOf(taskId);
    const spent = checkIdempotency(this.spentCommands, meta);
    if (isRefusal(spent)) return spent;
    const decided = known ?? (await this.decided(finish, meta));
    return decided.status === finish.status
      ? decided
      : refuse('taskAlreadyFinished', `The task has ${decided.status} at ${decided.at}.`);
  }

  /** Two who finish a task at the same time are both stored; the first place in the log has decided. */
  private async decided(
    finish: TaskFinished['data'],
    { commandId, nowMs, actor, reason }: CommandMeta,
  ): Promise<TaskFinished['data']> {
    const meta = { commandId, now: formatInstant(nowMs), actor, reason };
    const event = proposeEvent(commandId, 0, { type: 'TaskFinished', data: finish }, meta);
    await this.feed.reached(await this.stream.append(event));
    return (await this.records.finishOf(finish.taskId)) ?? finish;
  }

  /** Why a key may not speak for a task as a whole. */
  private async ofOthers(
    taskId: string,
    { groups, source }: KeyLimits,
  ): Promise<Refusal<MeteringCode | KernelCode> | undefined> {
    if (groups === null && source === null) return undefined;
    let [isMetered, isOfGroups, isOfSource] = [false, true, true];
    for await (const standing of this.records.ofTask(taskId)) {
      isMetered = true;
      isOfGroups &&= groups === null || groups.includes(groupOf(standing));
      isOfSource &&= source === null || standing.record.source === source;
      if (!isOfGroups) break;
    }
    if (groups !== null) {
      const asked = this.fanOuts.groupsOfTask(taskId);
      if (!isMetered && asked.length === 0) return unknownTask;
      if (!isOfGroups || isForeign(groups, asked)) return ofOtherGroup;
    }
    return isOfSource ? undefined : ofOtherSource;
  }
}

const unknownTask = refuse(
  'unknownTask',
  'Nobody has metered this task: meter it first, as a key that is limited to groups ends only what is its own.',
);
