import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Period } from '#kernel/days.js';
import { formatPeriod, parsePeriod } from '#kernel/instants.js';
import { GetCap, GetCapHistory, GetCapOfAnyMonth } from '../queries/caps.queries.js';
import { SetCapPolicy, TopUpCap } from '../commands/caps.commands.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Needs } from '#http/access.guard.js';
import { capBody, settingsOf, topUpBody } from './cap-body.js';
import { Meta, orThrow, Preconditions, setETag } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { pageOf, pageQuery } from '#http/pages.js';
import { Problem } from '#http/problem.js';

const capQuery = z.strictObject({
  period: z
    .string()
    .optional()
    .meta({ description: 'A month, `yyyy-MM`; this month if left out.', example: '2026-11' }),
});
type CapQuery = z.infer<typeof capQuery>;
const historyQuery = z.strictObject(pageQuery);
type CapBody = z.infer<typeof capBody>;
type TopUpBody = z.infer<typeof topUpBody>;

@ApiTags('caps')
@ApiBearerAuth()
@Controller('api/v1')
export class CapsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Get(['groups/:groupId/cap', 'organisation/cap'])
  @Needs('caps.read')
  @ApiOperation({
    summary: 'The cap of a month: what it is, what it was made of, what is spent and what is left',
    description:
      'capMicros is derivedMicros plus topUpsMicros, availableMicros is capMicros less what is spent and held. No cap is null, and the basis says why. `provisional` says that figures may still change.',
  })
  async cap(
    @Param('groupId') groupId: string | undefined,
    @Query({ schema: capQuery }) query: CapQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const period = query.period === undefined ? undefined : monthOf(query.period);
    const found = await this.queries.execute(new GetCap(groupId ?? null, period, this.clock.now()));
    const { revision, cap } = orThrow(found);
    setETag(reply, revision);
    return cap;
  }

  @Put(['groups/:groupId/cap', 'organisation/cap'])
  @Needs('caps.write')
  @ApiOperation({ summary: 'Choose how a cap is made and what happens at it; what is left out stays as it is' })
  async putCap(
    @Param('groupId') groupId: string | undefined,
    @Body({ schema: capBody }) body: CapBody,
    @Meta() meta: RequestedMeta,
    @Preconditions() precondition: Precondition,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const settings = orThrow(settingsOf(body));
    const { overrideFirstQuarter = false } = body;
    const scope = groupId ?? null;
    const stamped = { ...meta, nowMs: this.clock.now() };
    const choice = { groupId: scope, settings, overrideFirstQuarter };
    orThrow(await this.commands.execute(new SetCapPolicy(choice, stamped, precondition)));
    const { revision, cap } = orThrow(await this.queries.execute(new GetCap(scope, undefined, this.clock.now())));
    setETag(reply, revision);
    return cap;
  }

  @Post(['groups/:groupId/cap/top-ups', 'organisation/cap/top-ups'])
  @HttpCode(200)
  @Needs('caps.write')
  @ApiOperation({ summary: 'Add an amount to the cap of one month, with a reason' })
  async topUp(
    @Param('groupId') groupId: string | undefined,
    @Body({ schema: topUpBody }) { period: name, amountMicros }: TopUpBody,
    @Meta() meta: RequestedMeta,
    @Preconditions() precondition: Precondition,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const period = monthOf(name);
    const scope = groupId ?? null;
    const stamped = { ...meta, nowMs: this.clock.now() };
    const topUp = { groupId: scope, period: formatPeriod(period), amountMicros };
    orThrow(await this.commands.execute(new TopUpCap(topUp, stamped, precondition)));
    const { revision, cap } = await this.queries.execute(new GetCapOfAnyMonth(scope, period, this.clock.now()));
    setETag(reply, revision);
    return cap;
  }

  @Get(['groups/:groupId/cap/history', 'organisation/cap/history'])
  @Needs('caps.read')
  @ApiOperation({ summary: 'Every choice and every derivation of a cap, the latest first' })
  async history(
    @Param('groupId') groupId: string | undefined,
    @Query({ schema: historyQuery }) query: z.infer<typeof historyQuery>,
  ) {
    const lines = orThrow(await this.queries.execute(new GetCapHistory(groupId ?? null)));
    // Later lines come first, and keys are in ascending order.
    return pageOf(lines, ({ position }) => String(Number.MAX_SAFE_INTEGER - position).padStart(16, '0'), query);
  }
}

const monthOf = (name: string): Period => {
  const period = parsePeriod(name);
  if (period === undefined) throw new Problem(400, 'invalidPeriod', 'period is a month such as 2026-11.');
  return period;
};
