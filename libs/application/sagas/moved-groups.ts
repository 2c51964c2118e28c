import { isCorrectionEvent, isRecordsMetered } from '#domain/metering/metering.events.js';
import type { MeteredColumns } from '#domain/metering/metering.events.js';
import { isOrganisationEvent } from '#domain/organisation/organisation.events.js';
import type { StoredEvent } from '#ports/event-log.js';

/** Groups whose spend, cap or alerts have changed, with the users whose spend has. */
export type MovedGroups = Map<string, Set<string>>;

/** Events without a group that may change what is due for every group. */
const concernsAll: ReadonlySet<string> = new Set(['PeriodClosed']);

/** Adds what the event has moved. Answers whether it may concern every group. */
export const noteMoved = (moved: MovedGroups, event: StoredEvent): boolean => {
  if (isRecordsMetered(event)) noteMetered(moved, event.data);
  else if (isCorrectionEvent(event) && 'rows' in event.data) {
    for (const { userId, before, after } of event.data.rows) {
      usersOf(moved, before.groupId).add(userId);
      if (after !== null) usersOf(moved, after.groupId).add(userId);
    }
  } else if ('groupId' in event.data && typeof event.data.groupId === 'string') {
    usersOf(moved, event.data.groupId);
  } else {
    return isOrganisationEvent(event) || concernsAll.has(event.type);
  }
  return false;
};

/** Adds what others have noted. */
export const merge = (moved: MovedGroups, others: MovedGroups): void => {
  for (const [groupId, more] of others) {
    const users = usersOf(moved, groupId);
    for (const userId of more) users.add(userId);
  }
};

// Neighbours mostly repeat each other, and names are looked up once for each pair of them.
const noteMetered = (moved: MovedGroups, { words, groupId, userId }: MeteredColumns): void => {
  const pairs = new Set<number>();
  for (let row = 0; row < groupId.length; row++) pairs.add(groupId[row] * words.length + userId[row]);
  for (const pair of pairs) {
    usersOf(moved, words[Math.floor(pair / words.length)]).add(words[pair % words.length]);
  }
};

const usersOf = (moved: MovedGroups, groupId: string): Set<string> => {
  const users = moved.get(groupId) ?? new Set<string>();
  moved.set(groupId, users);
  return users;
};
