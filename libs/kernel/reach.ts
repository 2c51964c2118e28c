import { refuse } from './refusal.js';

/** The groups a key is limited to; undefined: it reaches all of them. */
export type Reach = readonly string[] | undefined;

/** What a key is limited to; null: not limited. */
export interface KeyLimits {
  /** The only groups it reaches. */
  readonly groups: readonly string[] | null;
  /** The only source it speaks for. */
  readonly source: string | null;
}

/** The groups a key reaches, or undefined for all of them. */
export const groupsOf = ({ groups }: Pick<KeyLimits, 'groups'>): Reach => groups ?? undefined;

/** Whether a key may name a group, or what is of this group. Null is the organisation, which no limited key reaches. */
export const reaches = (reach: Reach, groupId: string | null): boolean =>
  reach === undefined || (groupId !== null && reach.includes(groupId));

/** Whether something is of other groups only. What is nobody's may be named by everybody. */
export const isForeign = (reach: Reach, owners: readonly string[]): boolean =>
  reach !== undefined && owners.length > 0 && !owners.some((groupId) => reach.includes(groupId));

/** A group out of reach, known or not: whoever asks does not learn which groups there are. */
export const groupNotAllowed = refuse('groupNotAllowed', 'Your key does not reach this group.');

/** A task or a user of other groups. Whose it is, the answer does not say. */
export const ofOtherGroup = refuse(
  'groupNotAllowed',
  'A task or the user named here is of a group that your key does not reach.',
);

/** A task that was metered by others than the source of the key. */
export const ofOtherSource = refuse('sourceNotAllowed', 'This task was metered by another source than your key’s.');
