import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { RerateRange } from '../commands/corrections.commands.js';
import { GetJob } from '../queries/metering.queries.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Needs } from '#http/access.guard.js';
import { Meta, orThrow } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { instantIn } from '#http/fields.js';
import { Problem } from '#http/problem.js';
import { toJobResponse } from './job.presenter.js';

const rerateBody = z
  .strictObject({
    from: z.string().describe('Instant; records that occurred from then on.'),
    to: z.string().describe('Instant; not included.'),
    dryRun: z.boolean().default(false).describe('Only count what would change.'),
    reason: z.string().optional(),
  })
  .meta({ example: { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z', dryRun: true } });

@ApiTags('prices')
@ApiBearerAuth()
@Controller('api/v1/prices')
export class ReratingsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Post('re-rate')
  @HttpCode(202)
  @Needs('prices.write')
  @ApiOperation({
    summary: 'Rate anew what occurred in a range, as prices stand now: starts a job',
    description:
      'A new edition of the built-in prices moves no past record by itself; this does. A dry run changes nothing, and its job says how many records would change and by how much. A reported cost stays. `leftUnrated` of the job counts the records that stay as they were because nothing prices what they used now, or because they would cost more than `maxRecordMicros` on the day they occurred.',
  })
  async rerate(
    @Body({ schema: rerateBody }) { dryRun, ...range }: z.infer<typeof rerateBody>,
    @Meta() meta: RequestedMeta,
  ) {
    const [fromMs, toMs] = [instantIn(range.from), instantIn(range.to)];
    if (fromMs >= toMs) throw new Problem(400, 'invalidRange', 'from must be before to; to is not included.');
    const stamped = { ...meta, nowMs: this.clock.now() };
    const { jobId } = orThrow(await this.commands.execute(new RerateRange({ fromMs, toMs, dryRun }, stamped)));
    return toJobResponse(await this.queries.execute(new GetJob(jobId)));
  }
}
