import type { CommandOf, Decider } from '#kernel/decider.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { type GroupEvent, isShortText } from './directory.events.js';

/** Creates the group or gives it another name. */
export interface GroupName {
  readonly groupId: string;
  readonly name: string;
}
export type GroupCommand = CommandOf<'PutGroup', GroupName>;

/** One group by name; undefined until somebody names it, though records may already be charged to it. */
export interface Group {
  readonly name: string | undefined;
}

const evolve = (_group: Group, event: GroupEvent): Group => ({ name: event.data.name });

const decide = ({ data }: GroupCommand, group: Group): readonly GroupEvent[] | Refusal<KernelCode> => {
  const { groupId, name } = data;
  if (!isShortText(groupId)) {
    return refuse('invalidValue', 'groupId must be 1 to 255 characters without control characters');
  }
  if (!isShortText(name)) {
    return refuse('invalidValue', 'name must be 1 to 255 characters without control characters');
  }
  if (group.name === name) return [];
  return [{ type: group.name === undefined ? 'GroupCreated' : 'GroupRenamed', data: { groupId, name } }];
};

/** Decides on `group-<groupId>`. Refuses with `invalidValue`. */
export const groupDecider: Decider<GroupCommand, Group, GroupEvent, KernelCode> = {
  initial: { name: undefined },
  evolve,
  decide,
};
