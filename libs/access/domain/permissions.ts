import { type Role, roles } from './access.events.js';

const table = <Action extends string>(rows: Record<Action, readonly Role[]>): Record<Action, readonly Role[]> => rows;

/**
 * Who may do what: one row per action. The owner, who may do everything, is not named. A member, and any other key
 * with groups, does it for those groups only: `reach.ts`.
 */
const permissions = table({
  'organisation.read': roles,
  'organisation.write': [],
  'metering.write': ['metering'],
  'metering.allowOld': [],
  'metering.void': ['admin'],
  'metering.reattribute': ['admin'],
  'jobs.read': ['admin'],
  'tasks.finish': ['metering'],
  'tasks.read': ['member', 'finance', 'admin'],
  'spend.read': ['member', 'finance', 'admin'],
  'groups.read': ['member', 'finance', 'admin'],
  'groups.write': ['admin'],
  'users.write': ['admin'],
  'caps.read': ['member', 'finance', 'admin'],
  'caps.write': ['admin'],
  'statements.read': ['finance', 'admin'],
  'periods.close': ['finance'],
  'prices.read': roles,
  'prices.write': ['admin'],
  'alerts.read': ['member', 'admin'],
  'alerts.write': ['member', 'admin'],
  'fanOuts.ask': ['scheduler'],
  'fanOuts.read': ['scheduler', 'admin'],
  'limits.read': roles,
  'limits.write': ['admin'],
  'audit.read': ['admin'],
  'clock.read': ['admin'],
  'clock.confirm': [],
  'keys.manage': [],
});

export type Action = keyof typeof permissions;

/** Whether there is such a row. */
export const isAction = (text: string): text is Action => Object.hasOwn(permissions, text);

export const may = (role: Role, action: Action): boolean => role === 'owner' || permissions[action].includes(role);
