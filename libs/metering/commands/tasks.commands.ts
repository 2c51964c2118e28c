import { Command } from '@nestjs/cqrs';
import type { CommandMeta } from '#kernel/decider.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { KeyLimits } from '#kernel/reach.js';
import type { Refusal } from '#kernel/refusal.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import type { EventSourcingCode } from '#event-sourcing/commands/event-sourcing.codes.js';
import type { MeteringCode } from '../domain/metering.codes.js';
import type { TaskFinished } from '../domain/metering.events.js';

/**
 * Says how a task ended. The first word stands: the same again changes nothing, another is `taskAlreadyFinished`. A key
 * with limits ends what nobody but itself has metered: else `groupNotAllowed` or `sourceNotAllowed`. What nobody has
 * metered yet is not there (`unknownTask`) for a key that is limited to groups: it may become another's.
 */
export class FinishTask extends Command<
  TaskFinished['data'] | Refusal<MeteringCode | DirectoryCode | KernelCode | EventSourcingCode>
> {
  constructor(
    readonly data: TaskFinished['data'],
    readonly meta: CommandMeta,
    readonly limits: KeyLimits,
  ) {
    super();
  }
}
