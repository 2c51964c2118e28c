import { millisecondsInDay } from 'date-fns/constants';
import { type CommandOf, type Decider, unreachable } from '#kernel/decider.js';
import { dayOfDate } from '#kernel/days.js';
import { formatInstant } from '#kernel/instants.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { emailText, isShortText, type UserEvent } from './directory.events.js';
import { groupOn, joined, type Memberships } from './memberships.js';

/** Provisions a user as a whole (without `email` there is none) and says to which group the user belongs since when. */
export interface UserDetails {
  readonly userId: string;
  readonly name: string;
  readonly email?: string;
  readonly groupId: string;
  /**
   * Milliseconds since 1970. Left out, a change of group begins now, and the first membership has always been: nobody
   * knows of another group, and a record of this morning should not miss a user who is provisioned at noon.
   */
  readonly fromMs?: number;
}
export type UserCommand = CommandOf<'PutUser', UserDetails>;

export interface User {
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly memberships: Memberships;
}

const evolve = (user: User, event: UserEvent): User => {
  switch (event.type) {
    case 'UserProvisioned':
      return { ...user, name: event.data.name, email: event.data.email };
    case 'MembershipChosen':
      return { ...user, memberships: joined(user.memberships, Date.parse(event.data.from), event.data.groupId) };
    default:
      return unreachable(event);
  }
};

const decide = ({ data, meta }: UserCommand, user: User): readonly UserEvent[] | Refusal<KernelCode> =>
  refusalOf(data) ?? [
    ...provisioned(data, user),
    ...membershipChosen(data, data.fromMs ?? defaultFromMs(meta.nowMs, user), user),
  ];

const provisioned = ({ userId, name, email }: UserCommand['data'], user: User): readonly UserEvent[] => {
  if (user.name === name && user.email === email) return [];
  return [{ type: 'UserProvisioned', data: { userId, name, ...(email !== undefined && { email }) } }];
};

const defaultFromMs = (nowMs: number, { memberships }: User): number =>
  memberships === undefined ? earliestMs : nowMs;

const membershipChosen = (
  { userId, groupId }: UserCommand['data'],
  fromMs: number,
  user: User,
): readonly UserEvent[] => {
  // A sync that says the same every night must not make the timeline grow.
  if (groupOn(user.memberships, fromMs) === groupId) return [];
  return [{ type: 'MembershipChosen', data: { userId, groupId, from: formatInstant(fromMs) } }];
};

/** The start of a membership that has always been. */
export const earliestMs = dayOfDate(1, 1, 1) * millisecondsInDay;
const endMs = dayOfDate(10_000, 1, 1) * millisecondsInDay;

const refusalOf = ({ userId, name, email, groupId, fromMs }: UserCommand['data']): Refusal<KernelCode> | undefined => {
  for (const [field, value] of Object.entries({ userId, name, groupId })) {
    if (!isShortText(value)) {
      return refuse('invalidValue', `${field} must be 1 to 255 characters without control characters`);
    }
  }
  if (email !== undefined && !emailText.safeParse(email).success) {
    return refuse('invalidValue', 'email must be 1 to 320 characters without control characters');
  }
  if (fromMs !== undefined && !(Number.isInteger(fromMs) && fromMs >= earliestMs && fromMs < endMs)) {
    return refuse('invalidValue', 'from must be an instant of the years 0001 to 9999');
  }
  return undefined;
};

/** Decides on `user-<userId>`. Refuses with `invalidValue`. */
export const userDecider: Decider<UserCommand, User, UserEvent, KernelCode> = {
  initial: { name: undefined, email: undefined, memberships: undefined },
  evolve,
  decide,
};
