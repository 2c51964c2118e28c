import { Injectable } from '@nestjs/common';
import { formatInstant } from '#kernel/instants.js';
import { addMicros, type Micros } from '#kernel/money.js';
import { unpricedRatings } from '#domain/metering/metering.events.js';
import type { StandingRecord } from '#domain/metering/corrections.js';
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

/** How many tasks below one are followed before the answer says that there are more. */
const maxTasksInTree = 10_000;

const nothing: TaskTotals = { spentMicros: 0, records: 0, unpricedMicros: 0, inputTokens: 0, outputTokens: 0 };

/** What single tasks cost, with the tasks below them. Read from the log, record by record. */
@Injectable()
export class TaskQueries {
  constructor(private readonly records: Records) {}

  /**
   * One task, or undefined if nobody metered or finished it and none names it as its parent.
   *
   * @param groups the only groups the caller may see; a task that charged none of them is unknown
   */
  async task(taskId: string, groups: readonly string[] | undefined) {
    const all = await this.records.ofTask(taskId);
    const records = all.filter(
      ({ record, charge }) => groups === undefined || groups.includes((charge ?? record.charge).groupId),
    );
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
      groupId: records.length > 0 ? (first.charge ?? first.record.charge).groupId : null,
      fanOutId: records.find(({ record }) => record.fanOutId !== undefined)?.record.fanOutId ?? null,
      status: finished?.status ?? null,
      finishedAt: finished?.at ?? null,
      totals: totalsOf(records),
      totalsWithChildren: tree.totals,
      tasksBelow: tree.tasks - 1,
      truncated: tree.truncated,
      children: await Promise.all(
        children.map(async (child) => ({ taskId: child, totals: await this.totals(child, groups) })),
      ),
      records: records.map(shown),
    };
  }

  private async totals(taskId: string, groups: readonly string[] | undefined): Promise<TaskTotals> {
    const all = await this.records.ofTask(taskId);
    return totalsOf(
      all.filter(({ record, charge }) => groups === undefined || groups.includes((charge ?? record.charge).groupId)),
    );
  }

  // Breadth first, each task once: whatever parents say, a circle ends.
  private async treeTotals(root: string, groups: readonly string[] | undefined) {
    const seen = new Set([root]);
    let totals = nothing;
    for (const taskId of seen) {
      totals = sum(totals, await this.totals(taskId, groups));
      for (const child of await this.records.childrenOf(taskId)) {
        if (seen.size >= maxTasksInTree) return { totals, tasks: seen.size, truncated: true };
        seen.add(child);
      }
    }
    return { totals, tasks: seen.size, truncated: false };
  }
}

const totalsOf = (records: readonly StandingRecord[]): TaskTotals =>
  records.reduce((totals, standing) => sum(totals, totalsOfOne(standing)), nothing);

const totalsOfOne = ({ record, charge }: StandingRecord): TaskTotals =>
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
export const shown = ({ record, charge }: StandingRecord) => {
  const { charge: asFirstRated, occurredAtMs, attribution, ...sent } = record;
  const occurredAt = formatInstant(occurredAtMs);
  return { ...sent, occurredAt, attribution, void: charge === null, ...(charge ?? asFirstRated) };
};
