import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { formatInstant, parseInstant } from '#kernel/instants.js';
import { groupsOf } from '#kernel/reach.js';
import { refuse } from '#kernel/refusal.js';
import { taskStatuses } from '../domain/metering.events.js';
import { ReattributeRecords, VoidRecord } from '../commands/corrections.commands.js';
import { FinishTask } from '../commands/tasks.commands.js';
import { GetJob, GetTask } from '../queries/metering.queries.js';
import { toRecordResponse } from '../queries/tasks.query.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Needs, Who } from '#http/access.guard.js';
import type { Caller } from '#http/caller.js';
import { Meta, orThrow } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { instantIn, shortText } from '#http/fields.js';
import { Problem } from '#http/problem.js';
import { problemOfRefusal } from '#http/problem-of.js';
import { toJobResponse } from './job.presenter.js';

const instant = z
  .string()
  .refine(
    (text) => typeof parseInstant(text) === 'number',
    'must be an ISO 8601 instant with offset, such as 2026-11-01T00:00:00+01:00',
  )
  .meta({ example: '2026-11-01T00:00:00+01:00' });

const voidBody = z
  .strictObject({ source: shortText, id: shortText, reason: z.string().min(1) })
  .meta({ example: { source: 'cowork', id: 'req_011CQ7', reason: 'metered twice by the old agent' } });
const reattributionBody = z
  .strictObject({
    filter: z.strictObject({
      group: shortText.optional(),
      user: shortText.optional(),
      source: shortText.optional(),
      skill: shortText.optional(),
    }),
    from: instant,
    to: instant,
    groupId: shortText,
    reason: z.string().min(1),
  })
  .meta({
    example: {
      filter: { group: 'unassigned', user: 'u-ana' },
      from: '2026-11-01T00:00:00Z',
      to: '2026-12-01T00:00:00Z',
      groupId: 'eng',
      reason: 'Ana was provisioned late',
    },
  });
const finishBody = z
  .strictObject({ status: z.enum(taskStatuses), at: instant })
  .meta({ example: { status: 'succeeded', at: '2026-11-20T14:05:00+01:00' } });

const unknownTask = refuse('unknownTask', 'Nobody has metered this task, or your key does not reach its group.');

@ApiTags('metering')
@ApiBearerAuth()
@Controller('api/v1')
export class MeteringController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Post('metering/voids')
  @HttpCode(200)
  @Needs('metering.void')
  @ApiOperation({ summary: 'Void one record: it no longer counts' })
  async voidRecord(@Body({ schema: voidBody }) { source, id }: z.infer<typeof voidBody>, @Meta() meta: RequestedMeta) {
    const standing = orThrow(await this.commands.execute(new VoidRecord({ source, id }, this.stamped(meta))));
    return { ...toRecordResponse(standing), void: true };
  }

  @Post('metering/reattributions')
  @HttpCode(202)
  @Needs('metering.reattribute')
  @ApiOperation({ summary: 'Charge what the filter matches to another group: starts a job' })
  async reattribute(
    @Body({ schema: reattributionBody }) body: z.infer<typeof reattributionBody>,
    @Meta() meta: RequestedMeta,
  ) {
    const { filter, groupId } = body;
    const [fromMs, toMs] = [instantIn(body.from), instantIn(body.to)];
    if (fromMs >= toMs) throw new Problem(400, 'invalidRange', 'from must be before to; to is not included.');
    const reattribute = new ReattributeRecords({ filter, fromMs, toMs, groupId }, this.stamped(meta));
    const { jobId } = orThrow(await this.commands.execute(reattribute));
    return this.job(jobId);
  }

  @Get('jobs/:jobId')
  @Needs('jobs.read')
  @ApiOperation({
    summary: 'Progress of a re-rating or re-attribution',
    description:
      '`leftUnrated` counts records that a re-rating concerns and leaves as they were: nothing prices what they used now, or they would cost more than one record may. Publish what is missing, correct the price, or raise `maxRecordMicros` for those days, and ask for `POST /prices/re-rate`.',
  })
  async job(@Param('jobId') jobId: string) {
    return toJobResponse(await this.queries.execute(new GetJob(jobId)));
  }

  @Post('tasks/:taskId/finish')
  @HttpCode(200)
  @Needs('tasks.finish')
  @ApiOperation({ summary: 'Say how a task ended' })
  async finish(
    @Param('taskId', { schema: shortText }) taskId: string,
    @Body({ schema: finishBody }) { status, at }: z.infer<typeof finishBody>,
    @Meta() meta: RequestedMeta,
    @Who() caller: Caller,
  ) {
    const finish = { taskId, status, at: formatInstant(instantIn(at)) };
    return orThrow(await this.commands.execute(new FinishTask(finish, this.stamped(meta), caller)));
  }

  @Get('tasks/:taskId')
  @Needs('tasks.read')
  @ApiOperation({ summary: 'What a task cost, with its records and the tasks below it' })
  async task(@Param('taskId') taskId: string, @Who() caller: Caller) {
    const task = await this.queries.execute(new GetTask(taskId, groupsOf(caller)));
    if (task === undefined) throw problemOfRefusal(unknownTask);
    return task;
  }

  private stamped(meta: RequestedMeta) {
    return { ...meta, nowMs: this.clock.now() };
  }
}
