import { unreachable } from '#kernel/decider.js';
import { type GroupEntry, groupEntry, initialEntries, join, type UserEntry, userEntry } from './directory.entries.js';
import type { DirectoryEvent } from './directory.events.js';
import { loadEntries, type SavedDirectory, saveEntries } from './directory.snapshot.js';
import { groupOn, type Memberships } from './memberships.js';

export interface KnownGroup {
  readonly groupId: string;
  /** The id until somebody names the group. */
  readonly name: string;
  /** Revision of the stream `group-<groupId>`, -1 while it has no event. */
  readonly revision: number;
}

export interface KnownUser {
  readonly userId: string;
  /** The id until the user is provisioned. */
  readonly name: string;
  readonly email: string | undefined;
  readonly memberships: Memberships;
}

/** Every group and user anybody has named. It accepts every fact; nothing in it throws but `load`. */
export interface DirectoryView {
  /** @param revision the event's place in its stream */
  apply(event: DirectoryEvent, revision: number): void;
  /** Tells of groups that records were charged to: a record that names a new group creates it. */
  noteGroups(groupIds: Iterable<string>): void;
  /** The user's group at that instant, or undefined. Asked for every record: it allocates nothing. */
  groupOf(userId: string, occurredAtMs: number): string | undefined;
  /** By id; `unassigned` is always there. */
  groups(): readonly KnownGroup[];
  group(groupId: string): KnownGroup | undefined;
  /** A group whose id differs in nothing but case, blanks, hyphens and what does not show. Goes through all of them. */
  groupLike(groupId: string): string | undefined;
  /** Ids of the users who belong to the group at that instant, sorted. */
  members(groupId: string, nowMs: number): readonly string[];
  users(): readonly KnownUser[];
  user(userId: string): KnownUser | undefined;
  /** JSON-native, for a snapshot. */
  save(): SavedDirectory;
  /** Replaces everything by what `save` gave. Throws when it is something else. */
  load(saved: object): void;
}

export const directoryView = (): DirectoryView => {
  let entries = initialEntries();

  const groupOf = (userId: string, atMs: number): string | undefined => {
    const user = entries.users.get(userId);
    return user === undefined ? undefined : groupOn(user.memberships, atMs);
  };

  return {
    groupOf,
    apply(event, revision) {
      switch (event.type) {
        case 'GroupCreated':
        case 'GroupRenamed': {
          const group = groupEntry(entries, event.data.groupId);
          group.name = event.data.name;
          group.revision = revision;
          return;
        }
        case 'UserProvisioned': {
          const user = userEntry(entries, event.data.userId);
          user.name = event.data.name;
          user.email = event.data.email;
          return;
        }
        case 'MembershipChosen': {
          const { userId, groupId, from } = event.data;
          join(entries, userEntry(entries, userId), Date.parse(from), groupId);
          return;
        }
        default:
          unreachable(event);
      }
    },
    noteGroups(groupIds) {
      for (const groupId of groupIds) groupEntry(entries, groupId);
    },
    groups: () => [...entries.groups.values()].map(knownGroup).sort(byGroupId),
    group(groupId) {
      const group = entries.groups.get(groupId);
      return group && knownGroup(group);
    },
    groupLike(groupId) {
      const wanted = bareId(groupId);
      for (const known of entries.groups.keys()) if (bareId(known) === wanted) return known;
      return undefined;
    },
    members(groupId, nowMs) {
      const everMember = [...(entries.groups.get(groupId)?.userIds ?? [])];
      return everMember.filter((userId) => groupOf(userId, nowMs) === groupId).sort();
    },
    users: () => Array.from(entries.users.values(), knownUser),
    user(userId) {
      const user = entries.users.get(userId);
      return user && knownUser(user);
    },
    save: () => saveEntries(entries),
    load(saved) {
      entries = loadEntries(saved);
    },
  };
};

const knownGroup = ({ groupId, name, revision }: GroupEntry): KnownGroup => ({
  groupId,
  name: name ?? groupId,
  revision,
});

const bareId = (id: string): string =>
  id
    .normalize('NFKC')
    .replace(/[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}_-]/gu, '')
    .toLowerCase();

// Not by a language's rules: every process gives the same order.
const byGroupId = (a: KnownGroup, b: KnownGroup): number => (a.groupId < b.groupId ? -1 : 1);

const knownUser = ({ userId, name, email, memberships }: UserEntry): KnownUser => ({
  userId,
  name: name ?? userId,
  email,
  memberships,
});
