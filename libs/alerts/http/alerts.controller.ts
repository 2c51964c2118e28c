import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { groupsOf } from '#kernel/reach.js';
import { refuse } from '#kernel/refusal.js';
import type { AlertsCode } from '../domain/alerts.codes.js';
import { alertTypeNames } from '../domain/alert-types.js';
import { feedbacks } from '../domain/alerts.events.js';
import type { KnownAlert } from '../domain/known-alert.js';
import { AlertsCommands } from '../commands/alerts.commands.js';
import { AlertsQueries } from '../queries/alerts.queries.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import { asOf } from '#event-sourcing/as-of.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Fold } from '#event-sourcing/fold.js';
import { Needs, Who } from '#http/access.guard.js';
import type { Caller } from '#http/caller.js';
import { Meta, orThrow } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { shortText } from '#http/fields.js';
import { pageOf, pageQuery } from '#http/pages.js';
import { problemOfRefusal } from '#http/problem-of.js';
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

const unknownAlert = refuse('unknownAlert', 'There is no alert with this id, or your key does not reach its group.');

@ApiTags('alerts')
@ApiBearerAuth()
@Controller('api/v1/alerts')
export class AlertsController {
  constructor(
    private readonly queries: AlertsQueries,
    private readonly commands: AlertsCommands,
    private readonly fold: Fold,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('alerts.read')
  @ApiOperation({ summary: 'Alerts, open and resolved in the last 13 months; those raised last come first' })
  list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>, @Who() caller: Caller) {
    const found = this.queries.list({ ...query, groups: groupsOf(caller) });
    const { items, nextCursor } = pageOf(found, newestFirst, query);
    return { items: items.map(toAlertResponse), nextCursor, ...this.asOf() };
  }

  @Get(':alertId')
  @Needs('alerts.read')
  @ApiOperation({ summary: 'One alert, with what happened to it in all its episodes' })
  async alert(@Param('alertId') alertId: string, @Who() caller: Caller) {
    const alert = this.find(alertId, caller);
    const history = await this.queries.history(alertId);
    return { ...toAlertResponse(alert), history, ...this.asOf() };
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
    return this.carryOut(alertId, caller, () => this.commands.acknowledge(alertId, this.stamped(meta)));
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
    return this.carryOut(alertId, caller, () => this.commands.resolve(alertId, this.stamped(meta)));
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
    return this.carryOut(alertId, caller, () => this.commands.giveFeedback(data, this.stamped(meta)));
  }

  private async carryOut(alertId: string, caller: Caller, command: () => Promise<Outcome<AlertsCode>>) {
    this.find(alertId, caller);
    orThrow(await command());
    return { ...toAlertResponse(this.find(alertId, caller)), ...this.asOf() };
  }

  private find(alertId: string, caller: Caller): KnownAlert {
    const alert = this.queries.find(alertId, groupsOf(caller));
    if (alert !== undefined) return alert;
    throw problemOfRefusal(unknownAlert);
  }

  private asOf() {
    return { asOf: asOf(this.fold, this.clock.now()) };
  }

  private stamped(meta: RequestedMeta) {
    return { ...meta, nowMs: this.clock.now() };
  }
}

/** Pages are cut by growing keys: the later it was raised, the smaller its key. */
const newestFirst = ({ raisedPosition }: KnownAlert): string =>
  String(Number.MAX_SAFE_INTEGER - raisedPosition).padStart(16, '0');
