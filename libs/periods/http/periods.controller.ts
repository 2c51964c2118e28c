import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Period } from '#kernel/days.js';
import { parsePeriod } from '#kernel/instants.js';
import { ClosePeriod } from '../commands/periods.commands.js';
import { GetClose, GetStatement, type Statement } from '../queries/periods.queries.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Needs } from '#http/access.guard.js';
import { Meta, orThrow } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { csvOf } from '#http/csv.js';
import { Problem } from '#http/problem.js';

const statementQuery = z.strictObject({
  by: z.enum(['group', 'group,user']).default('group').meta({ description: 'One line per group, or per user of it.' }),
});
const closeBody = z
  .strictObject({ reason: z.string().optional() })
  .default({})
  .meta({ example: { reason: 'the books of October' } });

@ApiTags('periods')
@ApiBearerAuth()
@Controller('api/v1')
export class PeriodsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Get('statements/:period')
  @Needs('statements.read')
  @ApiOperation({
    summary: 'What each group, or each user of it, was charged in a month; JSON, or CSV with Accept: text/csv',
    description:
      'Final and always the same once the month is closed. What is accepted later about a closed month is an adjustment in the statement of the month in which it was accepted.',
  })
  async statement(
    @Param('period') name: string,
    @Query({ schema: statementQuery }) { by }: z.infer<typeof statementQuery>,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const byUser = by === 'group,user';
    const asked = new GetStatement(monthOf(name), byUser, this.clock.now());
    const statement = orThrow(await this.queries.execute(asked));
    if (accept?.includes('text/csv') !== true) return statement;
    void reply.header('content-type', 'text/csv; charset=utf-8');
    void reply.header('content-disposition', `attachment; filename="statement-${statement.period}.csv"`);
    return csvOfStatement(statement, byUser);
  }

  @Post('periods/:period/close')
  @HttpCode(200)
  @Needs('periods.close')
  @ApiOperation({ summary: 'Close a month that has ended: its statement never changes again' })
  async close(
    @Param('period') name: string,
    @Body({ schema: closeBody }) _body: z.infer<typeof closeBody>,
    @Meta() meta: RequestedMeta,
  ) {
    const period = monthOf(name);
    const stamped = { ...meta, nowMs: this.clock.now() };
    orThrow(await this.commands.execute(new ClosePeriod({ period }, stamped)));
    const close = await this.queries.execute(new GetClose(period));
    return { period: name, status: 'closed', closedAt: close?.at, closePosition: String(close?.position) };
  }
}

const monthOf = (name: string): Period => {
  const period = parsePeriod(name);
  if (period === undefined) throw new Problem(400, 'invalidPeriod', 'A period is a month such as 2026-11.');
  return period;
};

const csvOfStatement = ({ period, items, adjustments, currency }: Statement, byUser: boolean): string => {
  const header = ['kind', 'period', 'group', ...(byUser ? ['user'] : []), 'spentMicros', 'records', 'unpricedMicros'];
  const lines = [
    ...items.map((line) => ({ kind: 'own', period, ...line })),
    ...adjustments.map((line) => ({ kind: 'adjustment', ...line })),
  ];
  return csvOf(
    [...header, 'currency'],
    lines.map((line) => [
      line.kind,
      line.period,
      line.group,
      ...(byUser ? [line.user ?? ''] : []),
      line.spentMicros,
      line.records,
      line.unpricedMicros,
      currency,
    ]),
  );
};
