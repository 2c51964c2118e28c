/** What metering asks about fan-outs, which come after it: whose they are. Fan-out says so. */
export abstract class FanOutGroups {
  /** The group that spend metered with the fan-out is charged to; undefined if nobody knows the fan-out. */
  abstract groupOf(fanOutId: string): string | undefined;
  /** Whether a key that is limited to the groups may name the fan-out; undefined if nobody knows it. */
  abstract isWithin(fanOutId: string, groups: readonly string[]): boolean | undefined;
  /** The groups whose fan-outs a task has asked for. */
  abstract groupsOfTask(taskId: string): readonly string[];
}
