import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { groupsOf } from '#kernel/reach.js';
import type { GrantCursor } from '../domain/grant-order.js';
import type { Requester } from '../commands/admission-control.js';
import { FanOuts } from '../commands/fan-outs.js';
import { FanOutQueries, keyOf, placeOf } from '../queries/fan-outs.query.js';
import { toAsOfResponse, toFanOutResponse, toLeaseResponse } from '../queries/fan-out.presenter.js';
import { Clock } from '#event-sourcing/ports/clock.js';
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
    private readonly fanOuts: FanOuts,
    private readonly queries: FanOutQueries,
    private readonly clock: Clock,
  ) {}

  @Post(':fanOutId/renew')
  @HttpCode(200)
  @Needs('fanOuts.ask')
  @ApiOperation({ summary: 'Go on: the lease ends later, and slots follow what is left to do' })
  @ApiOkResponse({ standardSchema: fanOutLease })
  async renew(
    @Param('fanOutId') fanOutId: string,
    @Body({ schema: renewBody }) { remainingItems, leaseSeconds }: z.infer<typeof renewBody>,
    @Who() caller: Caller,
    @Meta() meta: RequestedMeta,
  ) {
    const asker = askerOf(caller, meta);
    const { lease, ...answered } = orThrow(await this.fanOuts.renew(fanOutId, remainingItems, leaseSeconds, asker));
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
    const asker = askerOf(caller, meta);
    const { lease, ...answered } = orThrow(await this.fanOuts.release(fanOutId, asker));
    return { ...toLeaseResponse(lease, answered.nowMs), asOf: toAsOfResponse(answered) };
  }

  @Get()
  @Needs('fanOuts.read')
  @ApiOperation({ summary: 'Fan-outs, live and past, the latest first' })
  @ApiOkResponse({ standardSchema: fanOutPage })
  list(@Query({ schema: listQuery }) { state, group, ...page }: z.infer<typeof listQuery>, @Who() caller: Caller) {
    const reach = groupsOf(caller);
    const after = page.cursor === undefined ? undefined : placeIn(page.cursor);
    const found = this.queries.list({ state, group, reach }, after, page.limit + 1);
    const { items, nextCursor } = pageOf(found, keyOf, page);
    const answered = this.queries.asOf(this.clock.now());
    const shown = items.map((lease) => toFanOutResponse(lease, this.queries.above(lease, reach), answered.nowMs));
    return { items: shown, nextCursor, asOf: toAsOfResponse(answered) };
  }

  @Get(':fanOutId')
  @Needs('fanOuts.read')
  @ApiOperation({ summary: 'One fan-out, with what it holds, what was spent, and what was spent beyond its hold' })
  @ApiOkResponse({ standardSchema: fanOutResponse })
  fanOut(@Param('fanOutId') fanOutId: string, @Who() caller: Caller) {
    const reach = groupsOf(caller);
    const lease = orThrow(this.queries.find(fanOutId, reach));
    const answered = this.queries.asOf(this.clock.now());
    return {
      ...toFanOutResponse(lease, this.queries.above(lease, reach), answered.nowMs),
      asOf: toAsOfResponse(answered),
    };
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
