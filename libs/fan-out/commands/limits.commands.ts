import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { type LimitChanges, limitsDecider } from '../domain/limits.js';
import { limitsEvent, limitsStreamOf } from '../domain/limits.events.js';
import { LimitsView } from '../domain/limits.view.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { unknownGroup } from '#directory/domain/unknown-group.js';
import { Commands } from '#event-sourcing/commands/execute.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';

const decider = { ...limitsDecider, event: limitsEvent };

/** What an admin sets for the fan-outs of a group, or of the organisation (null). What runs goes on. */
@Injectable()
export class LimitsCommands {
  constructor(
    private readonly commands: Commands,
    private readonly directory: DirectoryView,
    private readonly view: LimitsView,
  ) {}

  async set(
    groupId: string | null,
    limits: LimitChanges,
    meta: CommandMeta,
    precondition?: Precondition,
  ): Promise<Outcome<DirectoryCode>> {
    if (groupId !== null && this.directory.group(groupId) === undefined) return unknownGroup;
    const command = { type: 'SetLimits' as const, data: { groupId, limits }, meta };
    const inView = () => this.view.scope(groupId);
    const options = { ...precondition, isThere: () => true, inView };
    return this.commands.execute(decider, limitsStreamOf(groupId), command, options);
  }
}
