import { Body, Controller, Get, Put, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { calendarOf } from '#kernel/calendar.js';
import { formatDay } from '#kernel/instants.js';
import { unknownGroupRules } from '../domain/organisation.events.js';
import { holidaysOn, maxRecordMicrosOn, weekendDaysOn } from '../domain/organisation.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';
import { ConfigureOrganisation } from '../commands/organisation.commands.js';
import { GetOrganisation } from '../queries/organisation.queries.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Needs } from '#http/access.guard.js';
import { Meta, orThrow, Preconditions, setETag } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';

const day = z.iso.date();
const body = z
  .strictObject({
    name: z.string().optional(),
    currency: z.string().optional().describe('ISO 4217. Fixed by the first record.'),
    timeZone: z.string().optional().describe('IANA. Fixed by the first record.'),
    weekendDays: z.array(z.int()).optional().describe('1 is Monday, 7 is Sunday.'),
    holidays: z
      .strictObject({
        country: z.string(),
        region: z.string().optional(),
        added: z.array(day).optional(),
        removed: z.array(day).optional(),
      })
      .nullable()
      .optional(),
    closeDay: z.int().optional().describe('The day of the month on which the month before closes by itself.'),
    maxRecordMicros: z.int().optional().describe('What one record may cost at most: 10^12 unless chosen, up to 10^15.'),
    newGroupCapMicros: z
      .int()
      .nullable()
      .optional()
      .describe(
        'The cap of a group that has no basis for one yet, with the enforcement of the organisation’s cap; null, the default, for none.',
      ),
    unknownGroups: z
      .enum(unknownGroupRules)
      .optional()
      .describe('A fan-out that names a group nobody knows: 404 `unknownGroup` (default), or charged to `unassigned`.'),
    labelKeys: z
      .array(z.string())
      .optional()
      .describe(
        'Keys of labels that records may carry and spend is cut by, such as `project`: at most 6, from now on. Labels under other keys are dropped and counted.',
      ),
    from: day.optional().describe('From when weekend days, holidays and `maxRecordMicros` apply; today if left out.'),
    reason: z.string().optional(),
  })
  .meta({ example: { name: 'Acme', currency: 'USD', timeZone: 'Europe/Berlin', weekendDays: [6, 7], closeDay: 5 } });

@ApiTags('organisation')
@ApiBearerAuth()
@Controller('api/v1/organisation')
export class OrganisationController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('organisation.read')
  @ApiOperation({ summary: 'The organisation: currency, time zone, weekend days, holidays, close day' })
  async read(@Res({ passthrough: true }) reply: FastifyReply) {
    const { organisation, revision } = await this.queries.execute(new GetOrganisation());
    const { name, currency, timeZone, closeDay, fixed, weekendDays, holidays } = organisation;
    const { maxRecordMicros, newGroupCapMicros, unknownGroups, labelKeys } = organisation;
    const today = formatDay(calendarOf(timeZone).dayOf(this.clock.now()));
    setETag(reply, revision);
    return {
      name,
      currency,
      timeZone,
      weekendDays: weekendDaysOn(organisation, today),
      holidays: holidaysOn(organisation, today),
      closeDay,
      maxRecordMicros: maxRecordMicrosOn(organisation, today),
      newGroupCapMicros,
      unknownGroups,
      labelKeys,
      currencyAndTimeZoneFixed: fixed,
      history: {
        weekendDays: weekendDays.choices,
        holidays: holidays.choices,
        maxRecordMicros: maxRecordMicros.choices,
      },
    };
  }

  @Put()
  @Needs('organisation.write')
  @ApiOperation({ summary: 'Change settings; what is left out stays' })
  async write(
    @Body({ schema: body }) { reason: _, ...settings }: z.infer<typeof body>,
    @Meta() meta: RequestedMeta,
    @Preconditions() precondition: Precondition,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const stamped = { ...meta, nowMs: this.clock.now() };
    orThrow(await this.commands.execute(new ConfigureOrganisation(settings, stamped, precondition)));
    return this.read(reply);
  }
}
