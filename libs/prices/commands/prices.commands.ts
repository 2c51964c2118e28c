import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import { isRefusal } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { EventSourcingCode } from '#event-sourcing/commands/event-sourcing.codes.js';
import { latestEdition } from '../domain/built-in-prices.js';
import { pricesEvent } from '../domain/prices.events.js';
import { pricesDecider, publishedAs } from '../domain/prices.js';
import type { PublishCommand } from '../domain/prices.js';
import { PricesView } from '../domain/prices.view.js';
import { Commands } from '#event-sourcing/commands/execute.js';

const prices = { ...pricesDecider, event: pricesEvent };

/** A command about prices, without what stamps it. */
export type Publish = PublishCommand extends infer C ? (C extends PublishCommand ? Omit<C, 'meta'> : never) : never;

/** Commands about prices. Records rated before a price was published are re-rated by `CorrectionJobs`. */
@Injectable()
export class PricesCommands {
  constructor(
    private readonly commands: Commands,
    private readonly prices: PricesView,
  ) {}

  /** Publishes, and answers the version that stands for it, also if that was published before. */
  async publish(publish: Publish, meta: CommandMeta): Promise<string | Refusal<KernelCode | EventSourcingCode>> {
    const command = { ...publish, meta };
    const executed = await this.commands.execute(prices, 'prices', command);
    if (isRefusal(executed)) return executed;
    // Others may have published meanwhile: what was asked for is known by what it says.
    const published = publishedAs(command, this.prices.book.publications());
    if (published === undefined) throw new Error('a price was published, but no view knows it');
    return published.data.priceVersion;
  }

  /** Lets the built-in list that this version has rate what comes from here on. */
  async adoptBuiltInPrices(nowMs: number): Promise<void> {
    const reason = `edition ${String(latestEdition)} of the built-in prices rates from here on`;
    const meta = { commandId: `builtInPrices:${String(latestEdition)}`, nowMs, actor: 'system:start', reason };
    const command = { type: 'AdoptBuiltInPrices' as const, data: { edition: latestEdition }, meta };
    const adopted = await this.commands.execute(prices, 'prices', command);
    if (isRefusal(adopted)) throw new Error(adopted.detail);
  }
}
