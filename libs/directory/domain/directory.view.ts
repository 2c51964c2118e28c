import { unreachable } from '#kernel/decider.js';
import { chargeCorrectionTypes, isChargeCorrection, isRecordsMetered } from '#metering/domain/metering.events.js';
import { uncountedRows } from '#metering/domain/metering.slots.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { type StreamState, View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { type GroupEntry, groupEntry, initialEntries, join, type UserEntry, userEntry } from './directory.entries.js';
import { type DirectoryEvent, directoryEventTypes, isDirectoryEvent } from './directory.events.js';
import { type Group, groupDecider } from './group.js';
import { groupChanges } from './directory.slots.js';
import { groupsIn } from './groups-in.js';
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

/** Every group and user anybody has named. A record that names a new group creates it. */
export class DirectoryView extends View {
  readonly name = 'directory';
  readonly handles = [...directoryEventTypes, 'RecordsMetered', ...chargeCorrectionTypes];
  #entries = initialEntries();

  apply(event: StoredEvent, at: FoldContext): void {
    if (isRecordsMetered(event)) this.#noteGroups(groupsIn(event.data, at.get(uncountedRows)));
    else if (isChargeCorrection(event)) this.#noteGroups(event.data.rows.flatMap(({ after }) => after?.groupId ?? []));
    else if (isDirectoryEvent(event)) {
      this.#evolve(event, event.revision);
      if ('groupId' in event.data) at.changes.add(groupChanges, event.data.groupId);
    }
  }

  /** The user's group at that instant, or undefined. Asked for every record: it allocates nothing. */
  groupOf = (userId: string, occurredAtMs: number): string | undefined => {
    const user = this.#entries.users.get(userId);
    return user === undefined ? undefined : groupOn(user.memberships, occurredAtMs);
  };

  /** By id; `unassigned` is always there. */
  groups = (): readonly KnownGroup[] => [...this.#entries.groups.values()].map(knownGroup).sort(byGroupId);

  /** Whether the group is there; the organisation (null) always is. */
  hasScope = (groupId: string | null): boolean => groupId === null || this.#entries.groups.has(groupId);

  group(groupId: string): KnownGroup | undefined {
    const group = this.#entries.groups.get(groupId);
    return group && knownGroup(group);
  }

  /** What commands about the group are decided on. */
  groupStream = (groupId: string): StreamState<Group> | undefined => this.#entries.groups.get(groupId)?.stream;

  /** A group whose id differs in nothing but case, blanks, hyphens and what does not show. Goes through all of them. */
  groupLike(groupId: string): string | undefined {
    const wanted = bareId(groupId);
    for (const known of this.#entries.groups.keys()) if (bareId(known) === wanted) return known;
    return undefined;
  }

  /** Ids of the users who belong to the group at that instant, sorted. */
  members(groupId: string, nowMs: number): readonly string[] {
    const everMember = [...(this.#entries.groups.get(groupId)?.userIds ?? [])];
    return everMember.filter((userId) => this.groupOf(userId, nowMs) === groupId).sort();
  }

  users = (): readonly KnownUser[] => Array.from(this.#entries.users.values(), knownUser);

  user(userId: string): KnownUser | undefined {
    const user = this.#entries.users.get(userId);
    return user && knownUser(user);
  }

  save(): SavedDirectory {
    return saveEntries(this.#entries);
  }
  load(saved: object): void {
    this.#entries = loadEntries(saved);
  }

  #noteGroups(groupIds: Iterable<string>): void {
    for (const groupId of groupIds) groupEntry(this.#entries, groupId);
  }

  #evolve(event: DirectoryEvent, revision: number): void {
    switch (event.type) {
      case 'GroupCreated':
      case 'GroupRenamed': {
        const group = groupEntry(this.#entries, event.data.groupId);
        group.stream = { state: groupDecider.evolve(group.stream.state, event), revision };
        return;
      }
      case 'UserProvisioned': {
        const user = userEntry(this.#entries, event.data.userId);
        user.name = event.data.name;
        user.email = event.data.email;
        return;
      }
      case 'MembershipChosen': {
        const { userId, groupId, from } = event.data;
        join(this.#entries, userEntry(this.#entries, userId), Date.parse(from), groupId);
        return;
      }
      default:
        unreachable(event);
    }
  }
}

const knownGroup = ({ groupId, stream: { state, revision } }: GroupEntry): KnownGroup => ({
  groupId,
  name: state.name ?? groupId,
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
