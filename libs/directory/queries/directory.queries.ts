import { Query } from '@nestjs/cqrs';
import { type Reach, reaches } from '#kernel/reach.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import type { DirectoryCode } from '../domain/directory.codes.js';
import { DirectoryView, type KnownGroup, type KnownUser } from '../domain/directory.view.js';
import { GroupFacts, type GroupSpend, type MonthSoFar } from './group-facts.js';

/** What a group has spent in the month that is under way, and its cap in a word. */
interface GroupInMonth extends GroupSpend {
  readonly cap: object | null;
}

interface GroupsInMonth extends Pick<MonthSoFar, 'period' | 'standing'> {
  /** As they were asked for. */
  readonly groups: readonly (GroupInMonth & { readonly group: KnownGroup; readonly memberCount: number })[];
}

interface GroupDetails extends Pick<MonthSoFar, 'period' | 'standing'> {
  readonly group: KnownGroup;
  readonly members: readonly string[];
  readonly month: GroupInMonth;
  readonly limits: object;
}

/** The groups within reach. */
export class ListGroups extends Query<readonly KnownGroup[]> {
  constructor(readonly reach: Reach) {
    super();
  }
}

/** How these groups stand: members, spend and cap. */
export class SummariseGroups extends Query<GroupsInMonth> {
  constructor(
    readonly groups: readonly KnownGroup[],
    readonly nowMs: number,
  ) {
    super();
  }
}

/** All about one group within reach; another is refused like one that is not there. */
export class GetGroup extends Query<GroupDetails | Refusal<DirectoryCode>> {
  constructor(
    readonly groupId: string,
    readonly reach: Reach,
    readonly nowMs: number,
  ) {
    super();
  }
}

/** What the directory knows of a group; undefined: nothing. */
export class FindGroup extends Query<KnownGroup | undefined> {
  constructor(readonly groupId: string) {
    super();
  }
}

/** What the directory knows of a user; undefined: nothing. */
export class FindUser extends Query<KnownUser | undefined> {
  constructor(readonly userId: string) {
    super();
  }
}

const unknownGroup = refuse('unknownGroup', 'Nobody has named this group, or your key does not reach it.');

const inMonth = ({ spentBy }: MonthSoFar, facts: GroupFacts, groupId: string): GroupInMonth => ({
  ...spentBy(groupId),
  cap: facts.capOf(groupId),
});

export const directoryQueryHandlers = [
  answeredBy(ListGroups, [DirectoryView], ({ reach }, directory) =>
    directory.groups().filter(({ groupId }) => reaches(reach, groupId)),
  ),
  answeredBy(SummariseGroups, [DirectoryView, GroupFacts], async ({ groups, nowMs }, directory, facts) => {
    const month = await facts.monthSoFar();
    const summaries = groups.map((group) => ({
      ...inMonth(month, facts, group.groupId),
      group,
      memberCount: directory.members(group.groupId, nowMs).length,
    }));
    return { groups: summaries, period: month.period, standing: month.standing };
  }),
  answeredBy(GetGroup, [DirectoryView, GroupFacts], async ({ groupId, reach, nowMs }, directory, facts) => {
    const group = reaches(reach, groupId) ? directory.group(groupId) : undefined;
    if (group === undefined) return unknownGroup;
    const month = await facts.monthSoFar();
    const { period, standing } = month;
    const members = directory.members(groupId, nowMs);
    return { group, members, month: inMonth(month, facts, groupId), limits: facts.limitsOf(groupId), period, standing };
  }),
  answeredBy(FindGroup, [DirectoryView], ({ groupId }, directory) => directory.group(groupId)),
  answeredBy(FindUser, [DirectoryView], ({ userId }, directory) => directory.user(userId)),
];
