import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Period } from '#kernel/days.js';
import { parsePeriod } from '#kernel/instants.js';
import { CapQueries } from '../queries/cap.query.js';
import { Caps } from '../queries/caps.js';
import { CapsCommands } from '../commands/caps.commands.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { unknownGroup } from '#directory/domain/unknown-group.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { CapsView } from '../domain/caps.view.js';
import { Needs } from '#http/access.guard.js';
import { capBody, settingsOf, topUpBody } from './cap-body.js';
import { Meta, orThrow, Preconditions, setETag } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { pageOf, pageQuery } from '#http/pages.js';
import { Problem } from '#http/problem.js';
import { problemOfRefusal } from '#http/problem-of.js';

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
    private readonly queries: CapQueries,
    private readonly commands: CapsCommands,
    private readonly caps: Caps,
    private readonly organisation: OrganisationView,
    private readonly directory: DirectoryView,
    private readonly capsView: CapsView,
    private readonly log: EventLog,
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
    return this.shown(this.scopeOf(groupId), this.periodOf(query.period), reply);
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
    const nowMs = this.clock.now();
    const { overrideFirstQuarter = false } = body;
    const scope = groupId ?? null;
    orThrow(await this.commands.setPolicy(scope, settings, overrideFirstQuarter, { ...meta, nowMs }, precondition));
    return this.shown(scope, this.periodOf(undefined), reply);
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
    orThrow(await this.commands.topUp(scope, period, amountMicros, { ...meta, nowMs: this.clock.now() }, precondition));
    return this.shown(scope, period, reply);
  }

  @Get(['groups/:groupId/cap/history', 'organisation/cap/history'])
  @Needs('caps.read')
  @ApiOperation({ summary: 'Every choice and every derivation of a cap, the latest first' })
  async history(
    @Param('groupId') groupId: string | undefined,
    @Query({ schema: historyQuery }) query: z.infer<typeof historyQuery>,
  ) {
    const lines = await this.queries.history(this.scopeOf(groupId));
    // Later lines come first, and keys are in ascending order.
    return pageOf(lines, ({ position }) => String(Number.MAX_SAFE_INTEGER - position).padStart(16, '0'), query);
  }

  private async shown(scope: string | null, period: Period, reply: FastifyReply) {
    const nowMs = this.clock.now();
    const isOfNow = period === this.organisation.calendar().periodOf(nowMs);
    // Whoever needs a cap first derives and records it.
    if (isOfNow && this.log.outOfReach() === undefined) await this.caps.recordIfPossible(scope, period, nowMs);
    setETag(reply, this.capsView.scope(scope).revision);
    return this.queries.explain(scope, period, nowMs);
  }

  private scopeOf(groupId: string | undefined): string | null {
    if (groupId === undefined) return null;
    if (this.directory.group(groupId) === undefined) throw problemOfRefusal(unknownGroup);
    return groupId;
  }

  private periodOf(name: string | undefined): Period {
    const current = this.organisation.calendar().periodOf(this.clock.now());
    const period = name === undefined ? current : monthOf(name);
    if (period > current) {
      throw new Problem(400, 'invalidPeriod', 'There is no cap yet for a month that has not begun.');
    }
    return period;
  }
}

const monthOf = (name: string): Period => {
  const period = parsePeriod(name);
  if (period === undefined) throw new Problem(400, 'invalidPeriod', 'period is a month such as 2026-11.');
  return period;
};
