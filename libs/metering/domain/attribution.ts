import { unassigned } from '#directory/domain/directory.events.js';
import { attributions } from './metering.events.js';

/**
 * Chooses the group a record is charged to: the record's own, else that of its fan-out, else the user's at
 * `occurredAt`, else `unassigned` (docs/domain.md, attribution). Writes the group and the place in `attributions`.
 */
export const attribute = (
  recordGroup: string,
  fanOutGroup: string | undefined,
  memberGroup: string | undefined,
  charged: { groupId: string; attribution: number },
): void => {
  if (recordGroup !== '') choose(charged, recordGroup, 'record');
  else if (fanOutGroup !== undefined) choose(charged, fanOutGroup, 'fanOut');
  else if (memberGroup !== undefined) choose(charged, memberGroup, 'membership');
  else choose(charged, unassigned, 'unassigned');
};

const choose = (
  charged: { groupId: string; attribution: number },
  groupId: string,
  how: (typeof attributions)[number],
): void => {
  charged.groupId = groupId;
  charged.attribution = attributions.indexOf(how);
};
