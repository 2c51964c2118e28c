import { Injectable } from '@nestjs/common';
import { Records } from '#metering/queries/records.js';

/** Trees are cut off far below: a longer way up is a circle, or no tree of agents. */
const mostAncestors = 64;

/** The tasks above a task, as far as they are metered. */
@Injectable()
export class TaskAncestors {
  constructor(private readonly records: Records) {}

  /** The task itself first, its root last. */
  async of(taskId: string): Promise<readonly string[]> {
    const lineage = [taskId];
    for (let task: string | undefined = taskId; lineage.length <= mostAncestors;) {
      task = await this.records.parentOf(task);
      if (task === undefined || lineage.includes(task)) break;
      lineage.push(task);
    }
    return lineage;
  }
}
