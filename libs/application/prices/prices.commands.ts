import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import type { Refusal } from '#kernel/refusal.js';
import { pricesEvent } from '#domain/prices/prices.events.js';
import { pricesDecider } from '#domain/prices/prices.js';
import type { PublishFallbackPrice, PublishPrice } from '#domain/prices/prices.js';
import { Commands } from '../commands/execute.js';
import type { Executed } from '../commands/execute.js';

const prices = { ...pricesDecider, event: pricesEvent };

/** Commands about prices. Records rated before a price was published are re-rated by `CorrectionJobs`. */
@Injectable()
export class PricesCommands {
  constructor(private readonly commands: Commands) {}

  publish(data: PublishPrice['data'], meta: CommandMeta): Promise<Executed | Refusal> {
    return this.commands.execute(prices, 'prices', { type: 'PublishPrice', data, meta });
  }

  publishFallback(data: PublishFallbackPrice['data'], meta: CommandMeta): Promise<Executed | Refusal> {
    return this.commands.execute(prices, 'prices', { type: 'PublishFallbackPrice', data, meta });
  }
}
