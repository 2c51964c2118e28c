import type { Day } from '#kernel/days.js';
import { formatDay } from '#kernel/instants.js';
import type { MeteringRecord } from '#domain/metering/metering-record.js';
import { createRandom, type Random } from './prng.js';

/** Everything random about one day of the fleet comes from the day itself. */
export interface Workday {
  readonly day: Day;
  /** 0 is today. */
  readonly daysAgo: number;
  readonly random: Random;
  /** A name that nothing else has, such as `t-2026-11-21-17`. */
  readonly name: (prefix: string) => string;
}

/** What all records of a task have in common. */
export type Task = Pick<
  MeteringRecord,
  | 'source'
  | 'taskId'
  | 'parentTaskId'
  | 'userId'
  | 'groupId'
  | 'trigger'
  | 'scheduleId'
  | 'fanOutId'
  | 'skill'
  | 'batch'
>;

export const workdayOf = (seed: number, day: Day, daysAgo: number): Workday => {
  const date = formatDay(day);
  let named = 0;
  return {
    day,
    daysAgo,
    random: createRandom(seed + Math.imul(day, 0x9e3779b1)),
    name: (prefix) => `${prefix}-${date}-${String(++named)}`,
  };
};
