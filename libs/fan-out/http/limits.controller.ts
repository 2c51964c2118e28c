import { Body, Controller, Get, Param, Put, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { mostItems } from '../domain/limits.js';
import { limits } from '../domain/limits.events.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';
import { SetLimits } from '../commands/limits.commands.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { GetLimits } from '../queries/limits.queries.js';
import { Needs } from '#http/access.guard.js';
import { Meta, orThrow, Preconditions, setETag } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';

const limitsBody = limits
  .partial()
  .extend({
    maxItemsPerFanOut: z.int().nonnegative().max(mostItems).nullable().optional(),
    reason: z.string().optional(),
  })
  .meta({ example: { maxConcurrency: 50, maxItemsPerFanOut: 200, paused: false } });

@ApiTags('fan-outs')
@ApiBearerAuth()
@Controller('api/v1')
export class LimitsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Get(['limits', 'groups/:groupId/limits'])
  @Needs('limits.read')
  @ApiOperation({
    summary: 'What fan-outs are held to: what is set here (null: not set), and what is in effect',
    description:
      'Items, depth and rate that a group does not set are the organisation’s, and what that does not set are the defaults. Concurrency is not limited unless it is set.',
  })
  limits(@Param('groupId') groupId: string | undefined, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.shown(groupId ?? null, reply);
  }

  @Put(['limits', 'groups/:groupId/limits'])
  @Needs('limits.write')
  @ApiOperation({ summary: 'Set limits: what is left out stays, null takes one away; what runs goes on' })
  async putLimits(
    @Param('groupId') groupId: string | undefined,
    @Body({ schema: limitsBody }) { reason: _reason, ...changes }: z.infer<typeof limitsBody>,
    @Meta() meta: RequestedMeta,
    @Preconditions() precondition: Precondition,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const scope = groupId ?? null;
    const stamped = { ...meta, nowMs: this.clock.now() };
    const data = { groupId: scope, limits: changes };
    orThrow(await this.commands.execute(new SetLimits(data, stamped, precondition)));
    return this.shown(scope, reply);
  }

  private async shown(scope: string | null, reply: FastifyReply) {
    const { set, revision, effective } = orThrow(await this.queries.execute(new GetLimits(scope)));
    setETag(reply, revision);
    return { ...(scope !== null && { groupId: scope }), ...set, effective };
  }
}
