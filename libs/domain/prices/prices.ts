import type { z } from 'zod';
import { type Command, type Decider, unreachable } from '#kernel/decider.js';
import { formatInstant, parseInstant } from '#kernel/instants.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import { modelName } from './model-name.js';
import type { PriceVersion } from './price-version.js';
import {
  fallbackPricePublished,
  pricePublished,
  type PricesEvent,
  type PriceTiers,
  priceTiers,
  type TokenPrices,
  tokenPrices,
} from './prices.events.js';

interface Publication {
  /** ISO 8601 with a zone; null if the price always applied. The past is allowed: what was rated then is re-rated. */
  readonly from: string | null;
  readonly prices: TokenPrices;
  readonly tiers?: PriceTiers;
}

/** Publishes the operator's own price of a model. */
export interface PublishPrice extends Command {
  readonly type: 'PublishPrice';
  readonly data: Publication & { readonly model: string };
}

/** Publishes what usage without a known price costs. */
export interface PublishFallbackPrice extends Command {
  readonly type: 'PublishFallbackPrice';
  readonly data: Publication;
}

export type PricesCommand = PublishPrice | PublishFallbackPrice;

/** The operator's own prices. */
export interface Prices {
  /** How many were published: it numbers the next one. */
  readonly published: number;
  /** The prices that stand, as JSON, by what they are the price of and from when. */
  readonly standing: ReadonlyMap<string, string>;
}

const evolve = (prices: Prices, event: PricesEvent): Prices => ({
  published: prices.published + 1,
  standing: new Map(prices.standing).set(subjectOf(event), termsOf(event)),
});

const decide = (command: PricesCommand, prices: Prices): readonly PricesEvent[] | Refusal => {
  const { from, prices: tokenPrices, tiers = [] } = command.data;
  const fromMs = from === null ? null : parseInstant(from);
  if (typeof fromMs === 'string') return refuse('invalidValue', 'from must be an ISO 8601 instant with a time zone');
  const start = fromMs === null ? null : formatInstant(fromMs);
  const terms = { from: start, prices: tokenPrices, ...(tiers.length > 0 && { tiers }) };
  const version = (name: string): string => `own:${name}@${start ?? 'always'}#${String(prices.published + 1)}`;
  switch (command.type) {
    case 'PublishPrice': {
      const model = modelName(command.data.model);
      const data = { ...terms, model, priceVersion: version(model) };
      return publication(prices, pricePublished.safeParse({ type: 'PricePublished', data }));
    }
    case 'PublishFallbackPrice': {
      const data = { ...terms, priceVersion: version('fallback') };
      return publication(prices, fallbackPricePublished.safeParse({ type: 'FallbackPricePublished', data }));
    }
    default:
      return unreachable(command);
  }
};

/** What stands already is not published again. */
const publication = (prices: Prices, event: z.ZodSafeParseResult<PricesEvent>): readonly PricesEvent[] | Refusal => {
  if (!event.success) {
    const [{ path, message }] = event.error.issues;
    return refuse('invalidValue', `${path.slice(1).join('.')}: ${message}`);
  }
  return prices.standing.get(subjectOf(event.data)) === termsOf(event.data) ? [] : [event.data];
};

const subjectOf = ({ type, data }: PricesEvent): string =>
  JSON.stringify([type === 'PricePublished' ? data.model : null, data.from]);

/** Events come out of their schema, so that equal prices are equal as text. */
const termsOf = ({ data }: PricesEvent): string => JSON.stringify([data.prices, data.tiers ?? []]);

/** Whether the price is what a command that was accepted has asked for. */
export const isPublicationOf = (version: PriceVersion, { type, data }: PricesCommand): boolean =>
  version.origin === 'own' &&
  version.model === (type === 'PublishPrice' ? modelName(data.model) : null) &&
  version.fromMs === (data.from === null ? -Infinity : parseInstant(data.from)) &&
  // As events are: in the order of their schema.
  JSON.stringify([version.prices, version.tiers]) ===
    JSON.stringify([tokenPrices.parse(data.prices), priceTiers.parse(data.tiers) ?? []]);

/** Decides on the stream `prices`. Refuses with `invalidValue`. */
export const pricesDecider: Decider<PricesCommand, Prices, PricesEvent> = {
  initial: { published: 0, standing: new Map() },
  evolve,
  decide,
};
