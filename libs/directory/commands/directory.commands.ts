import { Command } from '@nestjs/cqrs';
import type { CommandMeta, CommandOf } from '#kernel/decider.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';
import type { DirectoryCode } from '../domain/directory.codes.js';
import type { GroupName } from '../domain/group.js';
import type { UserDetails } from '../domain/user.js';

type DirectoryOutcome = Outcome<DirectoryCode | KernelCode>;

/** Creates or renames a group. A new id is normalised, or refused with `invalidId`. */
export class PutGroup extends Command<DirectoryOutcome> implements CommandOf<'PutGroup', GroupName> {
  readonly type = 'PutGroup';

  constructor(
    readonly data: GroupName,
    readonly meta: CommandMeta,
    readonly precondition?: Precondition,
  ) {
    super();
  }
}

/** Provisions a user, and says to which group they belong since when. New ids are normalised, or refused. */
export class PutUser extends Command<DirectoryOutcome> implements CommandOf<'PutUser', UserDetails> {
  readonly type = 'PutUser';

  constructor(
    readonly data: UserDetails,
    readonly meta: CommandMeta,
    readonly precondition?: Precondition,
  ) {
    super();
  }
}
