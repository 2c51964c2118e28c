import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import type { Refusal } from '#kernel/refusal.js';
import { groupEvent, userEvent } from '#domain/directory/directory.events.js';
import { groupDecider } from '#domain/directory/group.js';
import type { PutGroup } from '#domain/directory/group.js';
import { userDecider } from '#domain/directory/user.js';
import type { PutUser } from '#domain/directory/user.js';
import { Commands } from '../commands/execute.js';
import type { Executed } from '../commands/execute.js';

const group = { ...groupDecider, event: groupEvent };
const user = { ...userDecider, event: userEvent };

/** Commands about groups, users and who belongs where. */
@Injectable()
export class DirectoryCommands {
  constructor(private readonly commands: Commands) {}

  putGroup(data: PutGroup['data'], meta: CommandMeta, ifMatch?: number): Promise<Executed | Refusal> {
    return this.commands.execute(group, `group-${data.groupId}`, { type: 'PutGroup', data, meta }, ifMatch);
  }

  putUser(data: PutUser['data'], meta: CommandMeta, ifMatch?: number): Promise<Executed | Refusal> {
    return this.commands.execute(user, `user-${data.userId}`, { type: 'PutUser', data, meta }, ifMatch);
  }
}
