import { Injectable } from '@nestjs/common';
import { isFanOutEvent } from '#fan-out/domain/fan-out.events.js';
import { isCorrectionEvent, isRecordsMetered } from '#metering/domain/metering.events.js';
import { isOrganisationEvent } from '#organisation/domain/organisation.events.js';
import { EventMoves, type Moves } from '#event-sourcing/sagas/moves.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';

/** Events without a group that may change what is due for every group. */
const concernsAll: ReadonlySet<string> = new Set(['PeriodClosed']);

/** Whose spend, cap or settings an event has moved. */
@Injectable()
export class GroupMoves extends EventMoves {
  note(moves: Moves, event: StoredEvent, withUsers: boolean): void {
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
  }
}

const noteSpend = ({ groups }: Moves, groupId: string): void => {
  if (!groups.has(groupId)) groups.set(groupId, 'spend');
};
