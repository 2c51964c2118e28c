import { type Refusal, refuse } from '#kernel/refusal.js';
import type { DirectoryView } from '#directory/domain/directory.view.js';
import type { OrganisationView } from '#organisation/domain/organisation.view.js';
import { unassigned } from '#directory/domain/directory.events.js';
import type { AskedIds } from './asked-ids.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { groupNotAllowed } from '#kernel/reach.js';

/** For which group a request is decided. */
export interface AskedGroup {
  readonly groupId: string;
  /** What was asked for, or the user's own. */
  readonly askedGroupId: string;
  /** No group was asked for. */
  readonly groupLeftOut: true | undefined;
  /** `groupNotAllowed`, `invalidId`, or `unknownGroup` if the organisation refuses what nobody knows. */
  readonly refused: Refusal<DirectoryCode | KernelCode> | undefined;
}

/** Which groups there are, and what becomes of a request for another. */
interface GroupsKnown {
  readonly directory: DirectoryView;
  readonly organisation: OrganisationView;
}

/** @param reach the only groups the caller may ask for; all of them if undefined */
export const askedGroup = (
  { directory, organisation }: GroupsKnown,
  { request: { groupId, userId }, refused }: AskedIds,
  reach: readonly string[] | undefined,
  nowMs: number,
): AskedGroup => {
  const askedGroupId = groupId ?? directory.groupOf(userId, nowMs) ?? unassigned;
  const groupLeftOut = groupId === undefined ? (true as const) : undefined;
  const asked = { groupId: askedGroupId, askedGroupId, groupLeftOut };
  if (reach?.includes(askedGroupId) === false) return { ...asked, refused: groupNotAllowed };
  if (directory.group(askedGroupId) !== undefined) return { ...asked, refused };
  const isRefused = refused === undefined && organisation.organisation().unknownGroups === 'refuse';
  // A key that is limited to groups is not told of others.
  const alike = isRefused && reach === undefined ? directory.groupLike(askedGroupId) : undefined;
  // Nobody is unlimited because nobody has seen them.
  return { ...asked, groupId: unassigned, refused: isRefused ? unknownGroup(askedGroupId, alike) : refused };
};

const unknownGroup = (groupId: string, alike: string | undefined): Refusal<DirectoryCode> =>
  refuse(
    'unknownGroup',
    `Nobody knows the group ${groupId}${alike === undefined ? '' : `; there is ${alike}`}. Leave groupId out for the user's own group, or name the group first: PUT /groups/{id}, a membership or a record does.`,
  );
