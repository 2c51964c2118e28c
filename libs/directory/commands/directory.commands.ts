import type { KernelCode } from '#kernel/kernel.codes.js';
import { DecidedCommand } from '#event-sourcing/commands/decided-command.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { DirectoryCode } from '../domain/directory.codes.js';
import type { GroupName } from '../domain/group.js';
import type { UserDetails } from '../domain/user.js';

type DirectoryOutcome = Outcome<DirectoryCode | KernelCode>;

/** Creates or renames a group. A new id is normalised, or refused with `invalidId`. */
export class PutGroup extends DecidedCommand<GroupName, DirectoryOutcome> {
  readonly type = 'PutGroup';
}

/** Provisions a user, and says to which group they belong since when. New ids are normalised, or refused. */
export class PutUser extends DecidedCommand<UserDetails, DirectoryOutcome> {
  readonly type = 'PutUser';
}
