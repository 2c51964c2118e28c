import { minutesInDay } from 'date-fns/constants';
import type { Schedule } from './schedules.js';

/** A group whose spend doubles: it does twice the work in the last two weeks, and a little more. */
export const doubling = { groupId: 'payments', sinceDaysAgo: 14, factor: 2.1 };

/** A schedule that used to run once a day and now runs every five minutes, day and night. */
export const runaway = { scheduleId: 'retry-failed-imports', userId: 'u-elif', sinceDaysAgo: 3, everyMinutes: 5 };

/** A schedule that runs every night, weekends included, reads much and finds next to nothing. */
export const idleSchedule = 'nightly-link-check';

/** A model without a price: the fallback applies until somebody publishes one. */
export const unpriced = { groupId: 'mobile', model: 'acme-coder-1' };

/** A plugin that, from one day on, quietly loads a connector nobody has seen before. */
export const newConnector = { plugin: 'crm-sync', connector: 'paste-relay', sinceDaysAgo: 5, share: 0.35 };

/** Somebody who was at work before anybody said where: until then the records land in `unassigned`. */
export const late = { userId: 'u-sofia', workingSinceDaysAgo: 45, provisionedDaysAgo: 20 };

/** How much more than usual a group does, so many days ago. */
export const workFactor = (groupId: string, daysAgo: number): number =>
  groupId === doubling.groupId && daysAgo < doubling.sinceDaysAgo ? doubling.factor : 1;

export const isAtWork = (userId: string, daysAgo: number): boolean =>
  userId !== late.userId || daysAgo < late.workingSinceDaysAgo;

/** At which minutes of the day a schedule runs away, or nothing if it behaves. */
export const runawayMinutes = ({ scheduleId }: Schedule, daysAgo: number): readonly number[] | undefined => {
  if (scheduleId !== runaway.scheduleId || daysAgo >= runaway.sinceDaysAgo) return undefined;
  return Array.from({ length: minutesInDay / runaway.everyMinutes }, (_, run) => run * runaway.everyMinutes);
};
