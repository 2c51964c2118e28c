import type { TZDate } from '@date-fns/tz';
import { millisecondsInDay } from 'date-fns/constants';
import { lightFormat } from 'date-fns/lightFormat';
import type { MeteringRecord } from '#metering/domain/metering-record.js';
import { createRandom, type Random } from './prng.js';

/** Everything random about one day of the fleet comes from the day itself. */
export interface Workday {
  /** When it begins where the fleet works. */
  readonly midnight: TZDate;
  /** `yyyy-MM-dd` */
  readonly date: string;
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

export const workdayOf = (seed: number, midnight: TZDate, daysAgo: number): Workday => {
  const date = lightFormat(midnight, 'yyyy-MM-dd');
  const daysSince1970 = Date.parse(date) / millisecondsInDay;
  let named = 0;
  return {
    midnight,
    date,
    daysAgo,
    random: createRandom(seed + Math.imul(daysSince1970, 0x9e3779b1)),
    name: (prefix) => `${prefix}-${date}-${String(++named)}`,
  };
};
