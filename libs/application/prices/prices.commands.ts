import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import { isRefusal } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import type { PriceVersion } from '#domain/prices/price-version.js';
import { pricesEvent } from '#domain/prices/prices.events.js';
import { isPublicationOf, pricesDecider } from '#domain/prices/prices.js';
import type { PricesCommand, PublishFallbackPrice, PublishPrice } from '#domain/prices/prices.js';
import { Commands } from '../commands/execute.js';
import { Views } from '../feed/views.js';

const prices = { ...pricesDecider, event: pricesEvent };

/**
 * Commands about prices. Each answers the price it has published, also when that was done before. Records rated before a
 * price was published are re-rated by `CorrectionJobs`.
 */
@Injectable()
export class PricesCommands {
  constructor(
    private readonly commands: Commands,
    private readonly views: Views,
  ) {}

  publish(data: PublishPrice['data'], meta: CommandMeta): Promise<PriceVersion | Refusal> {
    return this.execute({ type: 'PublishPrice', data, meta });
  }

  publishFallback(data: PublishFallbackPrice['data'], meta: CommandMeta): Promise<PriceVersion | Refusal> {
    return this.execute({ type: 'PublishFallbackPrice', data, meta });
  }

  // Others may have published meanwhile: what was asked for is known by what it says.
  private async execute(command: PricesCommand): Promise<PriceVersion | Refusal> {
    const executed = await this.commands.execute(prices, 'prices', command);
    if (isRefusal(executed)) return executed;
    const published = this.views.prices.versions().findLast((version) => isPublicationOf(version, command));
    if (published === undefined) throw new Error('a price was published, but no view knows it');
    return published;
  }
}
