import { isFanOutEvent } from '#domain/fan-out/fan-out.events.js';
import { isCorrectionEvent, isRecordsMetered } from '#domain/metering/metering.events.js';
import { isOrganisationEvent } from '#domain/organisation/organisation.events.js';
import type { StoredEvent } from '#ports/event-log.js';
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

/** Events without a group that may change what is due for every group. */
const concernsAll: ReadonlySet<string> = new Set(['PeriodClosed']);

/**
 * Adds what an event has moved.
 *
 * @param withUsers whether anybody wants to know who has spent
 */
export const noteMoved = (moves: Moves, event: StoredEvent, withUsers: boolean): void => {
  // Money that is set aside is not spent: nothing is due because of it.
  if (isFanOutEvent(event)) return;
  if (isRecordsMetered(event)) {
    const { words, groupId, userId } = event.data;
    for (const place of new Set(groupId)) noteSpend(moves, words[place]);
    if (!withUsers) return;
    groupId.forEach((place, row) => moves.charges.push({ groupId: words[place], userId: words[userId[row]] }));
  } else if (isCorrectionEvent(event) && 'rows' in event.data) {
    for (const { userId, before, after } of event.data.rows) {
      for (const { groupId } of after === null ? [before] : [before, after]) {
        noteSpend(moves, groupId);
        moves.charges.push({ groupId, userId });
      }
    }
  } else if ('groupId' in event.data && typeof event.data.groupId === 'string') {
    moves.groups.set(event.data.groupId, 'more');
  } else if (isOrganisationEvent(event) || concernsAll.has(event.type)) moves.everything = true;
};

/** Adds groups that have moved to others. What has moved by more than spend stays so. */
export const mergeGroups = (groups: MovedGroups, others: ReadonlyMap<string, GroupMove>): void => {
  for (const [groupId, move] of others) {
    if (move === 'more' || !groups.has(groupId)) groups.set(groupId, move);
  }
};

const noteSpend = ({ groups }: Moves, groupId: string): void => {
  if (!groups.has(groupId)) groups.set(groupId, 'spend');
};
