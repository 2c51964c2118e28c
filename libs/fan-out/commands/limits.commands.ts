import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { DecidedCommand } from '#event-sourcing/commands/decided-command.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { LimitsOfScope } from '../domain/limits.js';

/** Sets what the fan-outs of a group, or of the organisation (null), are held to. What runs goes on. */
export class SetLimits extends DecidedCommand<LimitsOfScope, Outcome<DirectoryCode>> {
  readonly type = 'SetLimits';
}
