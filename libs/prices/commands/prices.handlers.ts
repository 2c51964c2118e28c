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

/** Command handler: says it where the operator looks. */
@CommandHandler(WarnOfBuiltInPrices)
export class WarnOfBuiltInPricesHandler implements ICommandHandler<WarnOfBuiltInPrices> {
  private readonly logger = new Logger('WatchBuiltInPrices');

  execute({ data: { ageDays } }: WarnOfBuiltInPrices): Promise<undefined> {
    this.logger.warn(
      `The built-in prices were compared with public price pages on ${builtInAsOf}, ${String(ageDays)} days ago: ` +
        'update Bursar, or publish the prices you pay with POST /api/v1/prices.',
    );
    return Promise.resolve(undefined);
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
