import { Injectable } from '@nestjs/common';
import { formatInstant } from '#kernel/instants.js';
import { addMicros, type Micros } from '#kernel/money.js';
import { type Reach, reaches } from '#kernel/reach.js';
import { groupOf, type CurrentRecord } from '../domain/corrections.js';
import { unpricedRatings } from '../domain/metering.events.js';
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
    const visible = await this.visible(taskId, groups);
    const records = groups === undefined ? visible : visible.map((standing) => this.cutOff(standing, groups));
    const finished = await this.records.finishOf(taskId);
    const children = await this.records.childrenOf(taskId);
    const unknown = records.length === 0 && (groups !== undefined || (finished === undefined && children.length === 0));
    if (unknown) return undefined;
    const tree = await this.treeTotals(taskId, groups);
    const [first] = records;
    return {
      taskId,
      parentTaskId: records.find(({ record }) => record.parentTaskId !== undefined)?.record.parentTaskId ?? null,
      userId: records.length > 0 ? first.record.userId : null,
      groupId: records.length > 0 ? groupOf(first) : null,
      fanOutId: records.find(({ record }) => record.fanOutId !== undefined)?.record.fanOutId ?? null,
      status: finished?.status ?? null,
      finishedAt: finished?.at ?? null,
      totals: totalsOf(records),
      totalsWithChildren: tree.totals,
      tasksBelow: tree.tasks - 1,
      truncated: tree.truncated,
      children: await this.totalsOfEach(children, groups),
      records: records.map(toRecordResponse),
    };
  }

  private async visible(taskId: string, groups: Reach): Promise<readonly CurrentRecord[]> {
    const all = await this.records.ofTask(taskId);
    return groups === undefined ? all : all.filter((standing) => reaches(groups, groupOf(standing)));
  }

  /** A record without what it names of others: a key that reaches both may have sent it. */
  private cutOff({ record, charge }: CurrentRecord, groups: readonly string[]): CurrentRecord {
    const { parentTaskId, fanOutId, ...own } = record;
    const hasParent = parentTaskId !== undefined && !this.taskOwners.isForeign(parentTaskId, groups);
    const hasFanOut = fanOutId !== undefined && this.fanOuts.isWithin(fanOutId, groups) !== false;
    return { record: { ...own, ...(hasParent && { parentTaskId }), ...(hasFanOut && { fanOutId }) }, charge };
  }

  private async totalsOfEach(taskIds: readonly string[], groups: Reach) {
    const found: { taskId: string; totals: TaskTotals }[] = [];
    for (const taskId of taskIds) {
      const records = await this.visible(taskId, groups);
      if (isSeen(records, groups)) found.push({ taskId, totals: totalsOf(records) });
    }
    return found;
  }

  // Breadth first, each task once: whatever parents say, a circle ends. Tasks out of sight are passed, not counted.
  private async treeTotals(root: string, groups: Reach) {
    const seen = new Set([root]);
    let [totals, tasks] = [nothing, 0];
    for (const taskId of seen) {
      const records = await this.visible(taskId, groups);
      if (isSeen(records, groups)) tasks++;
      totals = sum(totals, totalsOf(records));
      for (const child of await this.records.childrenOf(taskId)) {
        if (seen.size >= maxTasksInTree) {
          return { totals, tasks: groups === undefined ? seen.size : tasks, truncated: true };
        }
        seen.add(child);
      }
    }
    return { totals, tasks, truncated: false };
  }
}

const isSeen = (records: readonly CurrentRecord[], groups: Reach): boolean =>
  groups === undefined || records.length > 0;

const totalsOf = (records: readonly CurrentRecord[]): TaskTotals =>
  records.reduce((totals, standing) => sum(totals, totalsOfOne(standing)), nothing);

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
