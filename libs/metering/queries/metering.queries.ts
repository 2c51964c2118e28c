import { Query } from '@nestjs/cqrs';
import type { Reach } from '#kernel/reach.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import { type CorrectionJob, CorrectionsView } from '../domain/corrections.view.js';
import { type Freshness, MonthStatus } from './month-status.js';
import { type TaskAnswer, TaskQueries } from './tasks.query.js';

/**
 * What a task cost, with its records and the tasks below it, and whether that may still change; undefined if nobody
 * metered or finished it, or if it charged none of the groups that the caller may see.
 */
export class GetTask extends Query<(TaskAnswer & Freshness) | undefined> {
  constructor(
    readonly taskId: string,
    readonly groups: Reach,
  ) {
    super();
  }
}

/** How far a correction over many records has come; undefined if there is none with this id. */
export class GetJob extends Query<CorrectionJob | undefined> {
  constructor(readonly jobId: string) {
    super();
  }
}

export const meteringQueryHandlers = [
  answeredBy(GetTask, [TaskQueries, MonthStatus], async ({ taskId, groups }, tasks, months) => {
    const task = await tasks.task(taskId, groups);
    // A task that goes on may cost more, whatever months are closed.
    return task && { ...task, ...months.standing(0, task.status === null ? 1 : 0) };
  }),
  answeredBy(GetJob, [CorrectionsView], ({ jobId }, corrections) => corrections.job(jobId)),
];
