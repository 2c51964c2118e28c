import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { formatInstant } from '#kernel/instants.js';
import { ConfirmClock } from '../commands/clock.commands.js';
import { ReadClock } from '../queries/clock.queries.js';
import { Needs } from '#http/access.guard.js';
import { Meta, orThrow } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';

const body = z
  .strictObject({ reason: z.string().optional() })
  .meta({ example: { reason: 'the time server is right' } });

@ApiTags('operation')
@ApiBearerAuth()
@Controller('api/v1/clock')
export class ClockController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Needs('clock.read')
  @ApiOperation({
    summary: 'What the clock of this machine says, and which time counts',
    description:
      'A clock that jumps by more than five minutes is not believed until it has stayed so for an hour, or an owner confirms it. `alarm` says so; it is null while nothing speaks against the clock.',
  })
  async read() {
    const { wallMs, trustedMs, alarm } = await this.queries.execute(new ReadClock());
    return {
      wallAt: formatInstant(wallMs),
      trustedAt: formatInstant(trustedMs),
      differenceMs: wallMs - trustedMs,
      alarm:
        alarm === undefined ? null : { kind: alarm.kind, since: formatInstant(alarm.sinceMs), detail: alarm.detail },
    };
  }

  @Post('confirm')
  @HttpCode(200)
  @Needs('clock.confirm')
  @ApiOperation({
    summary: 'Believe the clock of this machine now',
    description:
      'Of the process that is asked: others that share the log have clocks of their own. A reason is needed.',
  })
  async confirm(@Body({ schema: body }) _body: z.infer<typeof body>, @Meta() meta: RequestedMeta) {
    orThrow(await this.commands.execute(new ConfirmClock(meta)));
    return this.read();
  }
}
