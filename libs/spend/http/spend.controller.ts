import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { firstDayOf } from '#kernel/days.js';
import { parseDay, parsePeriod } from '#kernel/instants.js';
import { groupsOf } from '#kernel/reach.js';
import { recordOf } from '#kernel/record-of.js';
import { dimensions, isLabelDimension, nameDimensions } from '../domain/spend.dimensions.js';
import type { Dimension, NameDimension } from '../domain/spend.dimensions.js';
import { readCursor } from '../domain/spend.cursor.js';
import { AskSpend, type DayRange } from '../queries/ask-spend.query.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Needs, Who } from '#http/access.guard.js';
import type { Caller } from '#http/caller.js';
import { orThrow } from '#http/command.js';
import { badCursor, pageQuery } from '#http/pages.js';
import { Problem } from '#http/problem.js';

const filter = z.string().max(255).optional();
const filters = recordOf(nameDimensions, () => filter);
const dimension = z.union([z.enum(dimensions), z.string().max(255).refine(isLabelDimension)], {
  error: `names what spend is not cut by: there are ${dimensions.join(', ')} and label.<key>`,
});
const fixedQuery = z.object({
  by: z
    .string()
    .default('group')
    .transform((text) => text.split(',').filter((name) => name !== ''))
    .pipe(z.array(dimension).max(2, 'names at most two dimensions'))
    .refine((names) => new Set(names).size === names.length, 'names a dimension twice')
    .meta({
      description: `One or two of ${dimensions.join(', ')}, and \`label.<key>\` for each of the organisation's \`labelKeys\`.`,
      example: 'group,skill',
    }),
  period: z
    .string()
    .optional()
    .meta({ description: 'A month, `yyyy-MM`; this month if nothing else is said.', example: '2026-11' }),
  from: z.string().optional().meta({ description: 'First day, `yyyy-MM-dd`.' }),
  to: z.string().optional().meta({ description: 'The day after the last, `yyyy-MM-dd`.' }),
  ...filters,
  ...pageQuery,
});
/** Labels are filters, too, by names that the organisation chooses. */
const spendQuery = fixedQuery.catchall(filter).superRefine((query, context) => {
  const keys = Object.keys(query).filter((name) => !Object.hasOwn(fixedQuery.shape, name) && !isLabelDimension(name));
  if (keys.length > 0) context.addIssue({ code: 'unrecognized_keys', keys, input: query });
});
type SpendQuery = z.infer<typeof spendQuery>;

@ApiTags('spend')
@ApiBearerAuth()
@Controller('api/v1/spend')
export class SpendController {
  constructor(
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('spend.read')
  @ApiOperation({
    summary: 'Spend of a month or of some days, cut by one or two dimensions',
    description:
      "Spend counts where it occurred, in days of the organisation's zone; ranges are half-open. An absent value is null; an empty filter (`skill=`) asks for it. `label.<key>=` filters by a label; of a key 10,000 values a month are named, later ones count as `(other)`. `totalMicros` is over all items, not the page. `provisional` says that the figures may still change, `provisionalBecause` why.",
  })
  async spend(@Query({ schema: spendQuery }) query: SpendQuery, @Who() caller: Caller) {
    const by: readonly Dimension[] = query.by;
    const groups = groupsOf(caller);
    const after = query.cursor === undefined ? undefined : (readCursor(query.cursor, by.length) ?? notACursor());
    const question = { by, filters: filtersOf(query), ...(groups !== undefined && { groups }) };
    const listing = { limit: query.limit, ...(after !== undefined && { after }) };
    return orThrow(await this.queries.execute(new AskSpend(question, this.rangeOf(query), listing, this.clock.now())));
  }

  /** The days that are asked about; undefined: nothing was said. */
  private rangeOf({ period, from, to }: SpendQuery): DayRange | undefined {
    if (from === undefined && to === undefined) {
      if (period === undefined) return undefined;
      const month = parsePeriod(period);
      if (month === undefined) throw new Problem(400, 'invalidPeriod', 'period is a month such as 2026-11.');
      return { from: firstDayOf(month), to: firstDayOf(month + 1) };
    }
    if (period !== undefined) {
      throw new Problem(400, 'invalidRange', 'Ask for a period or for days from and to, not for both.');
    }
    const range = { from: parseDay(from ?? ''), to: parseDay(to ?? '') };
    if (range.from === undefined || range.to === undefined || range.from >= range.to) {
      throw new Problem(
        400,
        'invalidRange',
        'from and to are days such as 2026-11-01, from before to; to is not included.',
      );
    }
    return { from: range.from, to: range.to };
  }
}

const notACursor = (): never => {
  throw badCursor();
};

const filtersOf = (query: SpendQuery): Partial<Record<NameDimension, string>> => {
  const given: Partial<Record<NameDimension, string>> = {};
  for (const dimension of [...nameDimensions, ...Object.keys(query).filter(isLabelDimension)]) {
    const name = query[dimension];
    if (name !== undefined) given[dimension] = name;
  }
  return given;
};
