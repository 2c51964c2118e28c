import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { fastPrices, priceTiers, tokenPrices, webSearchPrice } from '../domain/prices.events.js';
import { type Publish, publishing } from '../commands/prices.commands.js';
import { Reratings } from '../queries/reratings.js';
import { GetPublication, ListPrices } from '../queries/prices.queries.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Needs } from '#http/access.guard.js';
import { Meta, orThrow } from '#http/command.js';
import type { RequestedMeta } from '#http/command.js';
import { shortText } from '#http/fields.js';
import { pageOf, pageQuery } from '#http/pages.js';
import { Problem } from '#http/problem.js';

const listQuery = z.strictObject({ ...pageQuery, model: shortText.optional() });
const reason = z.string().optional();
const priceBody = z
  .strictObject({
    model: shortText.optional().describe('The model it is the price of; with `alias`, the model that is meant.'),
    fallback: z.boolean().default(false).describe('The price of usage whose model has none.'),
    alias: shortText
      .optional()
      .describe(
        'Instead of `prices`: another id of `model`, or a pattern with one `*`, such as `us.anthropic.*`, whose `*` stands for the model unless `model` says otherwise.',
      ),
    factor: z.number().optional().describe('With `alias`: what the price is multiplied with, 1 unless said.'),
    from: z
      .string()
      .nullable()
      .default(null)
      .describe('Instant from which it applies; null: it always has. The past is re-rated.'),
    prices: tokenPrices.optional().describe('Micros per million tokens.'),
    tiers: priceTiers.describe('A prompt above the bound moves the whole request to the tier.'),
    fast: fastPrices.describe(
      'What tokens cost in fast mode; left out, the next price in the order of look-up says it.',
    ),
    webSearchMicros: webSearchPrice.describe('Micros for one web search; 10,000 unless said, if the currency is USD.'),
    reason,
  })
  .meta({
    example: {
      model: 'acme-coder-1',
      from: '2026-11-01T00:00:00Z',
      prices: {
        inputMicros: 2_000_000,
        cacheWrite5mMicros: 2_500_000,
        cacheWrite1hMicros: 4_000_000,
        cacheReadMicros: 200_000,
        outputMicros: 10_000_000,
      },
    },
  });
@ApiTags('prices')
@ApiBearerAuth()
@Controller('api/v1/prices')
export class PricesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly reratings: Reratings,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('prices.read')
  @ApiOperation({
    summary: 'Every price and alias, built-in and own, with the time it applies',
    description:
      '`model=` takes an id in any spelling: its own prices, those without its date, the aliases that name it, and whatever else it may be rated by. `builtIn` says which edition of the built-in list rates, and when that was compared with public price pages.',
  })
  async list(@Query({ schema: listQuery }) { model, ...page }: z.infer<typeof listQuery>) {
    const { prices, ...inUse } = await this.queries.execute(new ListPrices(model, this.clock.now()));
    const { items, nextCursor } = pageOf(prices, ({ key }) => key, page);
    return { items: items.map(({ price }) => price), nextCursor, ...inUse };
  }

  @Post()
  @Needs('prices.write')
  @ApiOperation({ summary: 'Publish a price or an alias; records whose look-up it changes are re-rated by a job' })
  async publish(@Body({ schema: priceBody }) body: z.infer<typeof priceBody>, @Meta() meta: RequestedMeta) {
    const command = publishing(publishOf(body), { ...meta, nowMs: this.clock.now() });
    orThrow(await this.commands.execute(command));
    const published = await this.queries.execute(new GetPublication(command));
    return { published, ratingJobId: (await this.reratings.begin(published.priceVersion)) ?? null };
  }
}

/** What a body asks to publish. @throws Problem 400 when it is neither a price nor an alias */
const publishOf = (body: z.infer<typeof priceBody>): Publish => {
  const { model, fallback, alias, factor, from, prices, ...terms } = body;
  if (alias !== undefined) {
    const others = [prices, terms.tiers, terms.fast, terms.webSearchMicros];
    if (fallback || others.some((other) => other !== undefined)) throw notBoth();
    return { type: 'PublishPriceAlias', data: { alias, model: model ?? null, factor: factor ?? 1, from } };
  }
  if ((model === undefined) !== fallback) {
    throw new Problem(400, 'invalidValue', 'Name a model, or say "fallback": true; one of the two.');
  }
  if (prices === undefined) {
    throw new Problem(400, 'invalidValue', 'prices is missing: say what a million tokens of each kind cost.');
  }
  if (factor !== undefined) throw notBoth();
  const { tiers, fast, webSearchMicros } = terms;
  const data = {
    from,
    prices,
    ...(tiers !== undefined && { tiers }),
    ...(fast !== undefined && { fast }),
    ...(webSearchMicros !== undefined && { webSearchMicros }),
  };
  return model === undefined
    ? { type: 'PublishFallbackPrice', data }
    : { type: 'PublishPrice', data: { model, ...data } };
};

const notBoth = (): Problem =>
  new Problem(
    400,
    'invalidValue',
    'An alias has a factor and takes its prices from a model; a price has prices and no factor.',
  );
