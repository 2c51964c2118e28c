import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { priceTiers, tokenPrices } from '#domain/prices/prices.events.js';
import { priceList } from '#domain/prices/prices.view.js';
import type { ListedPrice } from '#domain/prices/prices.view.js';
import { Views } from '#application/feed/views.js';
import { CorrectionJobs } from '#application/metering/correction-jobs.js';
import { PricesCommands } from '#application/prices/prices.commands.js';
import { SpendQueries } from '#application/spend/spend.queries.js';
import { Clock } from '#ports/clock.js';
import { Needs } from '../http/access.guard.js';
import { Meta, orThrow } from '../http/command.js';
import type { RequestedMeta } from '../http/command.js';
import { shortText } from '../http/fields.js';
import { pageOf, pageQuery } from '../http/pages.js';
import { Problem } from '../http/problem.js';

const listQuery = z.strictObject({ ...pageQuery, model: shortText.optional() });
const priceBody = z
  .strictObject({
    model: shortText.optional().describe('Left out with `fallback`.'),
    fallback: z.boolean().default(false).describe('The price of usage whose model has none.'),
    from: z
      .string()
      .nullable()
      .default(null)
      .describe('Instant from which it applies; null: it always has. The past is re-rated.'),
    prices: tokenPrices.describe('Micros per million tokens.'),
    tiers: priceTiers.describe('A prompt above the bound moves the whole request to the tier.'),
    reason: z.string().optional(),
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
    private readonly views: Views,
    private readonly commands: PricesCommands,
    private readonly jobs: CorrectionJobs,
    private readonly spend: SpendQueries,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Needs('prices.read')
  @ApiOperation({ summary: 'Every price, built-in and own, with the time it applies' })
  list(@Query({ schema: listQuery }) { model, ...page }: z.infer<typeof listQuery>) {
    const prices = priceList(this.views.prices).filter((price) => model === undefined || price.model === model);
    const publication = new Map(this.views.prices.versions().map((version, place) => [version.priceVersion, place]));
    const keyed = prices.map((price) => ({ price, key: keyOf(price, publication.get(price.priceVersion) ?? 0) }));
    const { items, nextCursor } = pageOf(keyed, ({ key }) => key, page);
    const { asOf } = this.spend.standing(0, 0);
    const { currency } = this.views.organisation.organisation();
    return { items: items.map(({ price }) => price), nextCursor, currency, asOf };
  }

  @Post()
  @Needs('prices.write')
  @ApiOperation({ summary: 'Publish a price; records it applies to are re-rated by a job' })
  async publish(
    @Body({ schema: priceBody }) { model, fallback, from, prices, tiers }: z.infer<typeof priceBody>,
    @Meta() meta: RequestedMeta,
  ) {
    const stamped = { ...meta, nowMs: this.clock.now() };
    const terms = { from, prices, ...(tiers !== undefined && { tiers }) };
    if ((model === undefined) !== fallback) {
      throw new Problem(400, 'invalidValue', 'Name a model, or say "fallback": true; one of the two.');
    }
    const { priceVersion } = orThrow(
      model === undefined
        ? await this.commands.publishFallback(terms, stamped)
        : await this.commands.publish({ model, ...terms }, stamped),
    );
    const published = priceList(this.views.prices).find((price) => price.priceVersion === priceVersion);
    return { published, ratingJobId: (await this.jobs.begin(priceVersion)) ?? null };
  }
}

/** In the order of the list; a price that is published while somebody turns the pages does not move the others. */
const keyOf = ({ model, from }: ListedPrice, publication: number): string =>
  [model ?? '', from ?? '', String(publication).padStart(9, '0')].join('\0');
