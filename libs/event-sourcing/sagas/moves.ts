import type { StoredEvent } from '../ports/event-log.js';
import type { GroupMove } from './saga.js';

export type MovedGroups = Map<string, GroupMove>;

interface Charge {
  readonly groupId: string;
  readonly userId: string;
}

/** What events have moved. */
export interface Moves {
  /** Something may be due for every group. */
  everything: boolean;
  readonly groups: MovedGroups;
  /** Whose spend has moved, in which group. */
  readonly charges: Charge[];
}

export const noMoves = (): Moves => ({ everything: false, groups: new Map(), charges: [] });

export const hasMoved = ({ everything, groups }: Moves): boolean => everything || groups.size > 0;

/** Says what events have moved: who knows the events of all capabilities does. */
export abstract class EventMoves {
  /**
   * Adds what an event has moved.
   *
   * @param withUsers whether anybody wants to know who has spent
   */
  abstract note(moves: Moves, event: StoredEvent, withUsers: boolean): void;
}

/** Adds groups that have moved to others. What has moved by more than spend stays so. */
export const mergeGroups = (groups: MovedGroups, others: ReadonlyMap<string, GroupMove>): void => {
  for (const [groupId, move] of others) {
    if (move === 'more' || !groups.has(groupId)) groups.set(groupId, move);
  }
};
