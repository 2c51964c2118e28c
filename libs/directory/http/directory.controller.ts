import { Body, Controller, Get, Param, Put, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { formatInstant, parseInstant } from '#kernel/instants.js';
import type { KnownGroup } from '../domain/directory.view.js';
import { membershipsOf } from '../domain/memberships.js';
import { earliestMs } from '../domain/user.js';
import { groupsOf } from '#kernel/reach.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';
import { PutGroup, PutUser } from '../commands/directory.commands.js';
import { FindGroup, FindUser, GetGroup, ListGroups, SummariseGroups } from '../queries/directory.queries.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Needs, Who } from '#http/access.guard.js';
import type { Caller } from '#http/caller.js';
import { Meta, orThrow, Preconditions, setETag } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { pageOf, pageQuery } from '#http/pages.js';
import { Problem } from '#http/problem.js';

const listQuery = z.strictObject(pageQuery);
const groupBody = z
  .strictObject({ name: z.string(), reason: z.string().optional() })
  .meta({ example: { name: 'Engineering' } });
const userBody = z
  .strictObject({
    name: z.string(),
    email: z.string().optional(),
    groupId: z.string(),
    from: z
      .string()
      .optional()
      .describe('Instant from which the user belongs to the group. Left out: now, or always if it is the first group.'),
    reason: z.string().optional(),
  })
  .meta({ example: { name: 'Ana', email: 'ana@example.com', groupId: 'eng' } });

@ApiTags('directory')
@ApiBearerAuth()
@Controller('api/v1')
export class DirectoryController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Get('groups')
  @Needs('groups.read')
  @ApiOperation({ summary: 'Groups, with how many members they have, what they spent this month, and their cap' })
  async groups(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>, @Who() caller: Caller) {
    const visible = await this.queries.execute(new ListGroups(groupsOf(caller)));
    const page = pageOf(visible, ({ groupId }) => groupId, query);
    const asked = new SummariseGroups(page.items, this.clock.now());
    const { groups, period, standing } = await this.queries.execute(asked);
    const items = groups.map(({ group, memberCount, ...month }) => ({
      ...summary(group),
      members: memberCount,
      ...month,
    }));
    return { items, nextCursor: page.nextCursor, period, ...standing };
  }

  @Get('groups/:groupId')
  @Needs('groups.read')
  @ApiOperation({ summary: 'One group: members, what it spent this month, its cap and its limits' })
  async group(
    @Param('groupId') groupId: string,
    @Who() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const asked = new GetGroup(groupId, groupsOf(caller), this.clock.now());
    const { group, members, period, month, limits, standing } = orThrow(await this.queries.execute(asked));
    setETag(reply, group.revision);
    return { ...summary(group), members, period, ...month, limits, ...standing };
  }

  @Put('groups/:groupId')
  @Needs('groups.write')
  @ApiOperation({ summary: 'Create or rename a group' })
  async putGroup(
    @Param('groupId') groupId: string,
    @Body({ schema: groupBody }) { name }: z.infer<typeof groupBody>,
    @Meta() meta: RequestedMeta,
    @Preconditions() precondition: Precondition,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { revision } = orThrow(
      await this.commands.execute(new PutGroup({ groupId, name }, { ...meta, nowMs: this.clock.now() }, precondition)),
    );
    setETag(reply, revision);
    const group = await this.queries.execute(new FindGroup(groupId));
    return { groupId, name: group?.name ?? name };
  }

  @Put('users/:userId')
  @Needs('users.write')
  @ApiOperation({ summary: 'Provision a user, and say which group they belong to since when' })
  async putUser(
    @Param('userId') userId: string,
    @Body({ schema: userBody }) { name, email, groupId, from }: z.infer<typeof userBody>,
    @Meta() meta: RequestedMeta,
    @Preconditions() precondition: Precondition,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const fromMs = from === undefined ? undefined : instantOf(from);
    const data = {
      userId,
      name,
      groupId,
      ...(email !== undefined && { email }),
      ...(fromMs !== undefined && { fromMs }),
    };
    const stamped = { ...meta, nowMs: this.clock.now() };
    const { revision } = orThrow(await this.commands.execute(new PutUser(data, stamped, precondition)));
    setETag(reply, revision);
    const user = await this.queries.execute(new FindUser(userId));
    const memberships = membershipsOf(user?.memberships).map((membership) => ({
      groupId: membership.groupId,
      from: membership.fromMs <= earliestMs ? null : formatInstant(membership.fromMs),
    }));
    return { userId, name: user?.name ?? name, email: user?.email ?? null, memberships };
  }
}

const summary = ({ groupId, name }: KnownGroup) => ({ groupId, name });

const instantOf = (text: string): number => {
  const parsed = parseInstant(text);
  if (typeof parsed === 'number') return parsed;
  throw new Problem(400, parsed, 'from must be an ISO 8601 instant with offset, such as 2026-11-01T00:00:00+01:00.');
};
