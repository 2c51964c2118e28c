import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { groupsOf } from '#kernel/reach.js';
import type { GrantCursor } from '../domain/grant-order.js';
import type { Requester } from '../commands/admission-control.js';
import { ReleaseLease, RenewLease } from '../commands/fan-outs.commands.js';
import { keyOf, placeOf } from '../queries/fan-out-reader.js';
import { GetFanOut, ListFanOuts } from '../queries/fan-outs.queries.js';
import { toAsOfResponse, toFanOutResponse, toLeaseResponse } from '../queries/fan-out.presenter.js';
import { Needs, Who } from '#http/access.guard.js';
import type { Caller } from '#http/caller.js';
import { Meta, orThrow } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { fanOutLease, fanOutPage, fanOutResponse } from './fan-out-answers.js';
import { releaseBody, renewBody } from './fan-out-body.js';
import { badCursor, keyInCursor, pageOf, pageQuery } from '#http/pages.js';

const listQuery = z.strictObject({
  state: z.enum(['live', 'released', 'expired']).optional(),
  group: z.string().optional(),
  ...pageQuery,
});

@ApiTags('fan-outs')
@ApiBearerAuth()
@Controller('api/v1/fan-outs')
export class FanOutsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post(':fanOutId/renew')
  @HttpCode(200)
  @Needs('fanOuts.ask')
  @ApiOperation({ summary: 'Go on: the lease ends later, and slots follow what is left to do' })
  @ApiOkResponse({ standardSchema: fanOutLease })
  async renew(
    @Param('fanOutId') fanOutId: string,
    @Body({ schema: renewBody }) renewal: z.infer<typeof renewBody>,
    @Who() caller: Caller,
    @Meta() meta: RequestedMeta,
  ) {
    const answer = await this.commands.execute(new RenewLease(fanOutId, renewal, askerOf(caller, meta)));
    const { lease, ...answered } = orThrow(answer);
    return { ...toLeaseResponse(lease, answered.nowMs), asOf: toAsOfResponse(answered) };
  }

  @Post(':fanOutId/release')
  @HttpCode(200)
  @Needs('fanOuts.ask')
  @ApiOperation({
    summary: 'It is over: slots and what is left of the hold are free. What has ended stays as it ended',
  })
  @ApiOkResponse({ standardSchema: fanOutLease })
  async release(
    @Param('fanOutId') fanOutId: string,
    @Body({ schema: releaseBody }) _body: z.infer<typeof releaseBody>,
    @Who() caller: Caller,
    @Meta() meta: RequestedMeta,
  ) {
    const answer = await this.commands.execute(new ReleaseLease(fanOutId, askerOf(caller, meta)));
    const { lease, ...answered } = orThrow(answer);
    return { ...toLeaseResponse(lease, answered.nowMs), asOf: toAsOfResponse(answered) };
  }

  @Get()
  @Needs('fanOuts.read')
  @ApiOperation({ summary: 'Fan-outs, live and past, the latest first' })
  @ApiOkResponse({ standardSchema: fanOutPage })
  async list(
    @Query({ schema: listQuery }) { state, group, ...page }: z.infer<typeof listQuery>,
    @Who() caller: Caller,
  ) {
    const filter = { state, group, reach: groupsOf(caller) };
    const after = page.cursor === undefined ? undefined : placeIn(page.cursor);
    const { fanOuts, ...answered } = await this.queries.execute(new ListFanOuts(filter, after, page.limit + 1));
    const { items, nextCursor } = pageOf(fanOuts, ({ lease }) => keyOf(lease), page);
    const shown = items.map(({ lease, above }) => toFanOutResponse(lease, above, answered.nowMs));
    return { items: shown, nextCursor, asOf: toAsOfResponse(answered) };
  }

  @Get(':fanOutId')
  @Needs('fanOuts.read')
  @ApiOperation({ summary: 'One fan-out, with what it holds, what was spent, and what was spent beyond its hold' })
  @ApiOkResponse({ standardSchema: fanOutResponse })
  async fanOut(@Param('fanOutId') fanOutId: string, @Who() caller: Caller) {
    const found = await this.queries.execute(new GetFanOut(fanOutId, groupsOf(caller)));
    const { lease, above, ...answered } = orThrow(found);
    return { ...toFanOutResponse(lease, above, answered.nowMs), asOf: toAsOfResponse(answered) };
  }
}

const askerOf = (caller: Caller, meta: RequestedMeta): Requester => ({
  ...meta,
  reach: groupsOf(caller),
  readmit: caller.readmit,
});

const placeIn = (cursor: string): GrantCursor => {
  const place = placeOf(keyInCursor(cursor));
  if (place === undefined) throw badCursor();
  return place;
};
