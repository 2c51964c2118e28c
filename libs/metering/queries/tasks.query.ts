import { Injectable } from '@nestjs/common';
import { formatInstant } from '#kernel/instants.js';
import { addMicros, type Micros } from '#kernel/money.js';
import { type Reach, reaches } from '#kernel/reach.js';
import { groupOf, type CurrentRecord } from '../domain/corrections.js';
import { unpricedRatings } from '../domain/metering.events.js';
import { TimeSlice } from '#event-sourcing/turns.js';
import { TaskOwners } from './task-owners.js';
import { FanOutGroups } from './fan-out-groups.js';
import { Records } from './records.js';

/** Sums over records that are not void. */
export interface TaskTotals {
  readonly spentMicros: Micros;
  readonly records: number;
  readonly unpricedMicros: Micros;
  /** Sums of tokens are as exact as those of money. */
  readonly inputTokens: Micros;
  readonly outputTokens: Micros;
}

/** One task, as answers show it. */
export type TaskAnswer = NonNullable<Awaited<ReturnType<TaskQueries['task']>>>;

/** How many tasks below one are followed before the answer says that there are more. */
const maxTasksInTree = 10_000;
/** How many records and children of a task are listed: an answer stays small, its sums are over all. */
const maxListed = 1_000;

const nothing: TaskTotals = { spentMicros: 0, records: 0, unpricedMicros: 0, inputTokens: 0, outputTokens: 0 };

/** What single tasks cost, with the tasks below them. Read from the log, record by record. */
@Injectable()
export class TaskQueries {
  constructor(
    private readonly records: Records,
    private readonly taskOwners: TaskOwners,
    private readonly fanOuts: FanOutGroups,
  ) {}

  /**
   * One task, or undefined if nobody metered or finished it and none names it as its parent.
   *
   * @param groups the only groups the caller may see; a task that charged none of them is unknown, also as a child
   */
  async task(taskId: string, groups: Reach) {
    const work = TimeSlice.ofReading();
    const own = await this.own(taskId, groups, work);
    if (groups !== undefined && own.first === undefined) return undefined;
    const finished = await this.records.finishOf(taskId);
    const children = await this.children(taskId, groups, work);
    if (own.first === undefined && finished === undefined && !children.isAny) return undefined;
    const tree = await this.treeTotals(taskId, groups, work);
    return {
      taskId,
      parentTaskId: own.parentTaskId ?? null,
      userId: own.first?.record.userId ?? null,
      groupId: own.first === undefined ? null : groupOf(own.first),
      fanOutId: own.fanOutId ?? null,
      status: finished?.status ?? null,
      finishedAt: finished?.at ?? null,
      totals: own.totals,
      totalsWithChildren: tree.totals,
      tasksBelow: tree.tasks - 1,
      truncated: tree.truncated,
      children: children.listed,
      childrenTruncated: children.isTruncated,
      records: own.listed.map(toRecordResponse),
      recordsTruncated: own.isTruncated,
    };
  }

  /** What the task itself metered: sums over all of it, and the first records. */
  private async own(taskId: string, groups: Reach, work: TimeSlice) {
    const listed: CurrentRecord[] = [];
    let [first, parentTaskId, fanOutId]: [CurrentRecord?, string?, string?] = [];
    let totals = nothing;
    let isTruncated = false;
    for await (const standing of this.visible(taskId, groups, work)) {
      const shown = groups === undefined ? standing : this.cutOff(standing, groups);
      first ??= shown;
      parentTaskId ??= shown.record.parentTaskId;
      fanOutId ??= shown.record.fanOutId;
      totals = sum(totals, totalsOfOne(standing));
      if (listed.length < maxListed) listed.push(shown);
      else isTruncated = true;
    }
    return { first, parentTaskId, fanOutId, totals, listed, isTruncated };
  }

  /** The first tasks that name it as their parent, as far as the caller may see. */
  private async children(taskId: string, groups: Reach, work: TimeSlice) {
    const listed: { taskId: string; totals: TaskTotals }[] = [];
    let [isAny, isTruncated] = [false, false];
    for await (const child of this.records.childrenOf(taskId, work)) {
      isAny = true;
      const { isSeen, totals } = await this.totalsOf(child, groups, work);
      if (!isSeen) continue;
      isTruncated = listed.length === maxListed;
      if (isTruncated) break;
      listed.push({ taskId: child, totals });
    }
    return { listed, isAny, isTruncated };
  }

  private async *visible(taskId: string, groups: Reach, work: TimeSlice): AsyncGenerator<CurrentRecord, void> {
    for await (const standing of this.records.ofTask(taskId, work)) {
      if (groups === undefined || reaches(groups, groupOf(standing))) yield standing;
    }
  }

  /** A record without what it names of others: a key that reaches both may have sent it. */
  private cutOff({ record, charge }: CurrentRecord, groups: readonly string[]): CurrentRecord {
    const { parentTaskId, fanOutId, ...own } = record;
    const hasParent = parentTaskId !== undefined && !this.taskOwners.isForeign(parentTaskId, groups);
    const hasFanOut = fanOutId !== undefined && this.fanOuts.isWithin(fanOutId, groups) !== false;
    return { record: { ...own, ...(hasParent && { parentTaskId }), ...(hasFanOut && { fanOutId }) }, charge };
  }

  private async totalsOf(taskId: string, groups: Reach, work: TimeSlice) {
    let isSeen = groups === undefined;
    let totals = nothing;
    for await (const standing of this.visible(taskId, groups, work)) {
      isSeen = true;
      totals = sum(totals, totalsOfOne(standing));
    }
    return { isSeen, totals };
  }

  // Breadth first, each task once: whatever parents say, a circle ends. Tasks out of sight are passed, not counted.
  private async treeTotals(root: string, groups: Reach, work: TimeSlice) {
    const seen = new Set([root]);
    let [totals, tasks] = [nothing, 0];
    for (const taskId of seen) {
      const own = await this.totalsOf(taskId, groups, work);
      if (own.isSeen) tasks++;
      totals = sum(totals, own.totals);
      for await (const child of this.records.childrenOf(taskId, work)) {
        if (seen.size >= maxTasksInTree) {
          return { totals, tasks: groups === undefined ? seen.size : tasks, truncated: true };
        }
        seen.add(child);
      }
    }
    return { totals, tasks, truncated: false };
  }
}

const totalsOfOne = ({ record, charge }: CurrentRecord): TaskTotals =>
  charge === null
    ? nothing
    : {
        spentMicros: charge.costMicros,
        records: 1,
        unpricedMicros: unpricedRatings.has(charge.rating) ? charge.costMicros : 0,
        inputTokens: record.usage?.inputTokens ?? 0,
        outputTokens: record.usage?.outputTokens ?? 0,
      };

const sum = (one: TaskTotals, other: TaskTotals): TaskTotals => ({
  spentMicros: addMicros(one.spentMicros, other.spentMicros),
  records: one.records + other.records,
  unpricedMicros: addMicros(one.unpricedMicros, other.unpricedMicros),
  inputTokens: addMicros(one.inputTokens, other.inputTokens),
  outputTokens: addMicros(one.outputTokens, other.outputTokens),
});

/** A record as answers show it: what was sent, and how it is charged now. */
export const toRecordResponse = ({ record, charge }: CurrentRecord) => {
  const { charge: asFirstRated, occurredAtMs, attribution, ...sent } = record;
  const occurredAt = formatInstant(occurredAtMs);
  return { ...sent, occurredAt, attribution, void: charge === null, ...(charge ?? asFirstRated) };
};
