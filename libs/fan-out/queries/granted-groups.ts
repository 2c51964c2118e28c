import { Injectable } from '@nestjs/common';
import { Admissions } from '../domain/admissions.js';
import { FanOutGroups } from '#metering/queries/fan-out-groups.js';
import { isWithin } from '../commands/fan-out-answer.js';

/** Tells metering whose the fan-outs are. */
@Injectable()
export class GrantedGroups extends FanOutGroups {
  constructor(private readonly admissions: Admissions) {
    super();
  }

  groupOf(fanOutId: string): string | undefined {
    return this.admissions.lease(fanOutId)?.granted.groupId;
  }

  isWithin(fanOutId: string, groups: readonly string[]): boolean | undefined {
    const lease = this.admissions.lease(fanOutId);
    return lease && isWithin(groups, lease);
  }

  groupsOfTask(taskId: string): readonly string[] {
    return this.admissions.groupsOfTask(taskId);
  }
}
