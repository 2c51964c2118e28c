import { Logger } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { builtInAsOf } from '../domain/built-in-prices.js';
import { pricesDecider } from '../domain/prices.js';
import { pricesEvent } from '../domain/prices.events.js';
import {
  AdoptBuiltInPrices,
  PublishFallbackPrice,
  PublishPrice,
  PublishPriceAlias,
  WarnOfBuiltInPrices,
} from './prices.commands.js';
import { ToldAge } from './told-age.js';

/** Command handler: says it where the operator looks, once a day. */
@CommandHandler(WarnOfBuiltInPrices)
export class WarnOfBuiltInPricesHandler implements ICommandHandler<WarnOfBuiltInPrices> {
  private readonly logger = new Logger('WatchBuiltInPrices');

  constructor(private readonly told: ToldAge) {}

  async execute({ data: { ageDays } }: WarnOfBuiltInPrices): Promise<undefined> {
    if (ageDays <= this.told.days) return;
    this.logger.warn(
      `The built-in prices were compared with public price pages on ${builtInAsOf}, ${String(ageDays)} days ago: ` +
        'update Bursar, or publish the prices you pay with POST /api/v1/prices.',
    );
    this.told.days = ageDays;
  }
}

export const pricesHandlers = [
  ...decidedBy(
    { ...pricesDecider, event: pricesEvent },
    [PublishPrice, PublishFallbackPrice, PublishPriceAlias, AdoptBuiltInPrices],
    [],
    (command) => ({ stream: 'prices', command }),
  ),
  WarnOfBuiltInPricesHandler,
];
