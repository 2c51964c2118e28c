import { Command } from '@nestjs/cqrs';
import type { CommandMeta, CommandOf } from '#kernel/decider.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';
import type { LimitsOfScope } from '../domain/limits.js';

/** Sets what the fan-outs of a group, or of the organisation (null), are held to. What runs goes on. */
export class SetLimits extends Command<Outcome<DirectoryCode>> implements CommandOf<'SetLimits', LimitsOfScope> {
  readonly type = 'SetLimits';

  constructor(
    readonly data: LimitsOfScope,
    readonly meta: CommandMeta,
    readonly precondition?: Precondition,
  ) {
    super();
  }
}
