import { unassigned } from './directory.events.js';
import { type Group, groupDecider } from './group.js';
import { joined, type Memberships } from './memberships.js';

/** What the view knows, changed in place by the fold that owns it. */
export interface Entries {
  readonly groups: Map<string, GroupEntry>;
  readonly users: Map<string, UserEntry>;
}

export interface GroupEntry {
  readonly groupId: string;
  /** What people have said about it, and the revision of its stream: -1 while that has no event. */
  stream: { readonly state: Group; readonly revision: number };
  /** Whoever has ever been a member: few to ask when the members of an instant are wanted. */
  readonly userIds: Set<string>;
}

export interface UserEntry {
  readonly userId: string;
  name: string | undefined;
  email: string | undefined;
  memberships: Memberships;
}

export const initialEntries = (): Entries => {
  const entries: Entries = { groups: new Map(), users: new Map() };
  groupEntry(entries, unassigned);
  return entries;
};

/** The group, known from now on. */
export const groupEntry = ({ groups }: Entries, groupId: string): GroupEntry => {
  const known = groups.get(groupId);
  if (known !== undefined) return known;
  const entry: GroupEntry = { groupId, stream: { state: groupDecider.initial, revision: -1 }, userIds: new Set() };
  groups.set(groupId, entry);
  return entry;
};

/** The user, known from now on. */
export const userEntry = ({ users }: Entries, userId: string): UserEntry => {
  const known = users.get(userId);
  if (known !== undefined) return known;
  const entry: UserEntry = { userId, name: undefined, email: undefined, memberships: undefined };
  users.set(userId, entry);
  return entry;
};

export const join = (entries: Entries, user: UserEntry, fromMs: number, groupId: string): void => {
  const group = groupEntry(entries, groupId);
  group.userIds.add(user.userId);
  // The group's own copy of its id: 100,000 memberships share a few texts.
  user.memberships = joined(user.memberships, fromMs, group.groupId);
};
