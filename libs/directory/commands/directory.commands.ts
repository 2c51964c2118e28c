import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import { isRefusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { DirectoryCode } from '../domain/directory.codes.js';
import { DirectoryView } from '../domain/directory.view.js';
import { groupEvent, userEvent } from '../domain/directory.events.js';
import { groupDecider } from '../domain/group.js';
import type { PutGroup } from '../domain/group.js';
import { userDecider } from '../domain/user.js';
import type { PutUser } from '../domain/user.js';
import { Commands } from '#event-sourcing/commands/execute.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';
import { Ids } from '../queries/ids.js';

const group = { ...groupDecider, event: groupEvent };
const user = { ...userDecider, event: userEvent };

/** Commands about groups, users and who belongs where. New ids are normalised, or refused with `invalidId`. */
@Injectable()
export class DirectoryCommands {
  constructor(
    private readonly commands: Commands,
    private readonly directory: DirectoryView,
    private readonly ids: Ids,
  ) {}

  async putGroup(
    data: PutGroup['data'],
    meta: CommandMeta,
    precondition?: Precondition,
  ): Promise<Outcome<DirectoryCode | KernelCode>> {
    const groupId = this.ids.taken('group', data.groupId, 'groupId');
    if (isRefusal(groupId)) return groupId;
    const command = { type: 'PutGroup' as const, data: { ...data, groupId }, meta };
    // A record that names a group creates it, without an event of its own.
    const isThere = (): boolean => this.directory.group(groupId) !== undefined;
    const inView = () => this.directory.groupStream(groupId);
    return this.commands.execute(group, `group-${groupId}`, command, { ...precondition, isThere, inView });
  }

  async putUser(
    data: PutUser['data'],
    meta: CommandMeta,
    precondition?: Precondition,
  ): Promise<Outcome<DirectoryCode | KernelCode>> {
    const userId = this.ids.taken('user', data.userId, 'userId');
    if (isRefusal(userId)) return userId;
    const groupId = this.ids.taken('group', data.groupId, 'groupId');
    if (isRefusal(groupId)) return groupId;
    const command = { type: 'PutUser' as const, data: { ...data, userId, groupId }, meta };
    return this.commands.execute(user, `user-${userId}`, command, precondition);
  }
}
