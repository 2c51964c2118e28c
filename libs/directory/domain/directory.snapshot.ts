import { z } from 'zod';
import { type Entries, groupEntry, initialEntries, join, userEntry } from './directory.entries.js';
import { membershipsOf } from './memberships.js';

// Columns rather than an object per user: half the size, and quick to parse. An empty text means "none".
const savedDirectory = z.strictObject({
  groupIds: z.array(z.string()),
  groupNames: z.array(z.string()),
  groupRevisions: z.array(z.int()),
  userIds: z.array(z.string()),
  userNames: z.array(z.string()),
  emails: z.array(z.string()),
  /** Per user, earliest first: `fromMs`, place of the group in `groupIds`, `fromMs`, place, ... */
  memberships: z.array(z.array(z.int())),
});
export type SavedDirectory = z.infer<typeof savedDirectory>;

export const saveEntries = (entries: Entries): SavedDirectory => {
  const groups = [...entries.groups.values()];
  const users = [...entries.users.values()];
  const places = new Map(groups.map(({ groupId }, place) => [groupId, place]));
  return {
    groupIds: groups.map(({ groupId }) => groupId),
    groupNames: groups.map(({ stream }) => stream.state.name ?? ''),
    groupRevisions: groups.map(({ stream }) => stream.revision),
    userIds: users.map(({ userId }) => userId),
    userNames: users.map(({ name }) => name ?? ''),
    emails: users.map(({ email }) => email ?? ''),
    memberships: users.map(({ memberships }) =>
      membershipsOf(memberships).flatMap(({ fromMs, groupId }) => [fromMs, places.get(groupId) ?? 0]),
    ),
  };
};

/** What `saveEntries` was given. Throws when it is something else. */
export const loadEntries = (saved: object): Entries => {
  const { groupIds, groupNames, groupRevisions, userIds, userNames, emails, memberships } = savedDirectory.parse(saved);
  const entries = initialEntries();
  groupIds.forEach((groupId, i) => {
    const stream = { state: { name: groupNames[i] || undefined }, revision: groupRevisions[i] };
    groupEntry(entries, groupId).stream = stream;
  });
  userIds.forEach((userId, i) => {
    const user = userEntry(entries, userId);
    user.name = userNames[i] || undefined;
    user.email = emails[i] || undefined;
    const pairs = memberships[i];
    for (let at = 0; at < pairs.length; at += 2) join(entries, user, pairs[at], groupIds[pairs[at + 1]]);
  });
  return entries;
};
