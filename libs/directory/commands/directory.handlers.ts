import { isRefusal } from '#kernel/refusal.js';
import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { groupEvent, userEvent } from '../domain/directory.events.js';
import { DirectoryView } from '../domain/directory.view.js';
import { groupDecider } from '../domain/group.js';
import { userDecider } from '../domain/user.js';
import { Ids } from '../queries/ids.js';
import { PutGroup, PutUser } from './directory.commands.js';

const putGroup = decidedBy(
  { ...groupDecider, event: groupEvent },
  [PutGroup],
  [DirectoryView, Ids],
  ({ data, meta }, directory, ids) => {
    const groupId = ids.taken('group', data.groupId, 'groupId');
    if (isRefusal(groupId)) return groupId;
    return {
      stream: `group-${groupId}`,
      command: new PutGroup({ ...data, groupId }, meta),
      // A record that names a group creates it, without an event of its own.
      isThere: () => directory.group(groupId) !== undefined,
      inView: () => directory.groupStream(groupId),
    };
  },
);

const putUser = decidedBy({ ...userDecider, event: userEvent }, [PutUser], [Ids], ({ data, meta }, ids) => {
  const userId = ids.taken('user', data.userId, 'userId');
  if (isRefusal(userId)) return userId;
  const groupId = ids.taken('group', data.groupId, 'groupId');
  if (isRefusal(groupId)) return groupId;
  return { stream: `user-${userId}`, command: new PutUser({ ...data, userId, groupId }, meta) };
});

export const directoryHandlers = [...putGroup, ...putUser];
