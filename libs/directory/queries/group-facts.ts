import type { Micros } from '#kernel/money.js';

/** What a group has spent; micros. */
export interface GroupSpend {
  readonly spentMicros: Micros;
  readonly records: number;
  readonly unpricedMicros: Micros;
}

/** The month that is under way. */
export interface MonthSoFar {
  /** `yyyy-MM`. */
  readonly period: string;
  readonly spentBy: (groupId: string) => GroupSpend;
  /** How current that is. */
  readonly standing: object;
}

/** What later capabilities say of a group, for those who look at groups. Fan-out, which knows all of it, does. */
export abstract class GroupFacts {
  abstract monthSoFar(): Promise<MonthSoFar>;
  /** The cap of this month in a word; null: there is none. */
  abstract capOf(groupId: string): object | null;
  abstract limitsOf(groupId: string): object;
}
