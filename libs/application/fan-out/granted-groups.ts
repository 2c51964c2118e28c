import { Injectable } from '@nestjs/common';
import { Admissions } from '#domain/fan-out/admissions.js';
import { FanOutGroups } from '../metering/task-owners.js';

/** Tells metering whose fan-outs a task has asked for. */
@Injectable()
export class GrantedGroups extends FanOutGroups {
  constructor(private readonly admissions: Admissions) {
    super();
  }

  groupsOfTask(taskId: string): readonly string[] {
    return this.admissions.groupsOfTask(taskId);
  }
}
