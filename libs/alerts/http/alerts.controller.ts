import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { groupsOf } from '#kernel/reach.js';
import { alertTypeNames } from '../domain/alert-types.js';
import { feedbacks } from '../domain/alerts.events.js';
import type { KnownAlert } from '../domain/known-alert.js';
import { AcknowledgeAlert, GiveFeedback, ResolveAlert } from '../commands/alerts.commands.js';
import { GetAlert, GetAlertHistory, ListAlerts } from '../queries/alerts.queries.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Needs, Who } from '#http/access.guard.js';
import type { Caller } from '#http/caller.js';
import { Meta, orThrow } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { shortText } from '#http/fields.js';
import { pageOf, pageQuery } from '#http/pages.js';
import { toAlertResponse } from './alert.presenter.js';

const listQuery = z.strictObject({
  state: z.enum(['raised', 'acknowledged', 'resolved']).optional(),
  type: z.enum(alertTypeNames).optional(),
  group: shortText.optional(),
  ...pageQuery,
});
const reasonBody = z
  .strictObject({ reason: z.string().optional() })
  .nullish()
  .meta({ example: { reason: 'the batch was announced' } });
const feedbackBody = z
  .strictObject({ feedback: z.enum(feedbacks), note: z.string().max(1_000).optional(), reason: z.string().optional() })
  .meta({ example: { feedback: 'expected', note: 'the yearly re-index' } });

@ApiTags('alerts')
@ApiBearerAuth()
@Controller('api/v1/alerts')
export class AlertsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('alerts.read')
  @ApiOperation({ summary: 'Alerts, open and resolved in the last 13 months; those raised last come first' })
  async list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>, @Who() caller: Caller) {
    const asked = new ListAlerts({ ...query, groups: groupsOf(caller) }, this.clock.now());
    const { alerts, asOf } = await this.queries.execute(asked);
    const { items, nextCursor } = pageOf(alerts, newestFirst, query);
    return { items: items.map(toAlertResponse), nextCursor, asOf };
  }

  @Get(':alertId')
  @Needs('alerts.read')
  @ApiOperation({ summary: 'One alert, with what happened to it in all its episodes' })
  async alert(@Param('alertId') alertId: string, @Who() caller: Caller) {
    const { alert, asOf } = await this.find(alertId, caller);
    const history = await this.queries.execute(new GetAlertHistory(alertId));
    return { ...toAlertResponse(alert), history, asOf };
  }

  @Post(':alertId/acknowledge')
  @HttpCode(200)
  @Needs('alerts.write')
  @ApiOperation({ summary: 'Say that somebody has seen it; it stays open' })
  acknowledge(
    @Param('alertId') alertId: string,
    @Body({ schema: reasonBody }) _body: z.infer<typeof reasonBody>,
    @Meta() meta: RequestedMeta,
    @Who() caller: Caller,
  ) {
    return this.carryOut(alertId, caller, new AcknowledgeAlert({ alertId }, this.stamped(meta)));
  }

  @Post(':alertId/resolve')
  @HttpCode(200)
  @Needs('alerts.write')
  @ApiOperation({ summary: 'Say that it is over; it is muted until its condition has been false once' })
  resolve(
    @Param('alertId') alertId: string,
    @Body({ schema: reasonBody }) _body: z.infer<typeof reasonBody>,
    @Meta() meta: RequestedMeta,
    @Who() caller: Caller,
  ) {
    return this.carryOut(alertId, caller, new ResolveAlert({ alertId }, this.stamped(meta)));
  }

  @Post(':alertId/feedback')
  @HttpCode(200)
  @Needs('alerts.write')
  @ApiOperation({ summary: 'Say what it was worth; `expected` keeps it from being raised again for 7 days' })
  giveFeedback(
    @Param('alertId') alertId: string,
    @Body({ schema: feedbackBody }) { feedback, note }: z.infer<typeof feedbackBody>,
    @Meta() meta: RequestedMeta,
    @Who() caller: Caller,
  ) {
    const data = { alertId, feedback, note: note ?? null };
    return this.carryOut(alertId, caller, new GiveFeedback(data, this.stamped(meta)));
  }

  private async carryOut(alertId: string, caller: Caller, command: AcknowledgeAlert | ResolveAlert | GiveFeedback) {
    await this.find(alertId, caller);
    orThrow(await this.commands.execute(command));
    const { alert, asOf } = await this.find(alertId, caller);
    return { ...toAlertResponse(alert), asOf };
  }

  private async find(alertId: string, caller: Caller) {
    return orThrow(await this.queries.execute(new GetAlert(alertId, groupsOf(caller), this.clock.now())));
  }

  private stamped(meta: RequestedMeta) {
    return { ...meta, nowMs: this.clock.now() };
  }
}

/** Pages are cut by growing keys: the later it was raised, the smaller its key. */
const newestFirst = ({ raisedPosition }: KnownAlert): string =>
  String(Number.MAX_SAFE_INTEGER - raisedPosition).padStart(16, '0');
