import { type CommandMeta, unreachable } from '#kernel/decider.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { DecidedCommand } from '#event-sourcing/commands/decided-command.js';
import { DueCommand } from '#event-sourcing/commands/due-command.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import { latestEdition } from '../domain/built-in-prices.js';
import type { ModelAlias, ModelPrice, PriceTerms, PublishCommand } from '../domain/prices.js';

type PricesOutcome = Outcome<KernelCode>;

/** Publishes the operator's own price of a model. */
export class PublishPrice extends DecidedCommand<ModelPrice, PricesOutcome> {
  readonly type = 'PublishPrice';
}

/** Publishes what usage without a known price costs. */
export class PublishFallbackPrice extends DecidedCommand<PriceTerms, PricesOutcome> {
  readonly type = 'PublishFallbackPrice';
}

/** Says that other ids, or a pattern of ids, cost what a model costs. */
export class PublishPriceAlias extends DecidedCommand<ModelAlias, PricesOutcome> {
  readonly type = 'PublishPriceAlias';
}

/** What is to be published, without what stamps it. */
export type Publish = PublishCommand extends infer C ? (C extends PublishCommand ? Omit<C, 'meta'> : never) : never;

/** The command that publishes it. */
export const publishing = (
  publish: Publish,
  meta: CommandMeta,
): PublishPrice | PublishFallbackPrice | PublishPriceAlias => {
  switch (publish.type) {
    case 'PublishPrice':
      return new PublishPrice(publish.data, meta);
    case 'PublishFallbackPrice':
      return new PublishFallbackPrice(publish.data, meta);
    case 'PublishPriceAlias':
      return new PublishPriceAlias(publish.data, meta);
    default:
      return unreachable(publish);
  }
};

/** Lets the built-in list that this version has rate what comes from here on. */
export class AdoptBuiltInPrices extends DecidedCommand<{ readonly edition: number }, PricesOutcome> {
  readonly type = 'AdoptBuiltInPrices';

  constructor(nowMs: number) {
    const edition = String(latestEdition);
    const reason = `edition ${edition} of the built-in prices rates from here on`;
    super({ edition: latestEdition }, { commandId: `builtInPrices:${edition}`, nowMs, actor: 'system:start', reason });
  }
}

/** Warns the operator, in the log of the service, that the built-in list is so many days old. It stores nothing. */
export class WarnOfBuiltInPrices extends DueCommand<{ readonly ageDays: number }, undefined> {}
