import type { z } from 'zod';
import { type CommandOf, type Decider, unreachable } from '#kernel/decider.js';
import { formatInstant, parseInstant } from '#kernel/instants.js';
import { basisPointsOf } from '#kernel/money.js';
import { isRefusal, refuse, type Refusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { exactModel } from './model-name.js';
import {
  fallbackPricePublished,
  type FastPrices,
  isPublication,
  maxFactorBasisPoints,
  priceAliasPublished,
  pricePublished,
  type PricesEvent,
  type PriceTiers,
  type Publication,
  type TokenPrices,
} from './prices.events.js';

/** What a price says, and from when. */
export interface PriceTerms {
  /** ISO 8601 with a zone; null if the price always applied. The past is allowed: what was rated then is re-rated. */
  readonly from: string | null;
  readonly prices: TokenPrices;
  readonly tiers?: PriceTiers;
  readonly fast?: FastPrices;
  readonly webSearchMicros?: number;
}

/** The operator's own price of a model. */
export type ModelPrice = PriceTerms & { readonly model: string };

/** Other ids, or a pattern of ids, that cost what a model costs. */
export interface ModelAlias {
  /** An id, or a pattern with one `*`. */
  readonly alias: string;
  /** Null: the model whose id stands where the `*` is. */
  readonly model: string | null;
  /** What the price is multiplied with: a decimal of at most four places, above 0 and up to 100. */
  readonly factor: number;
  readonly from: string | null;
}

export type PublishCommand =
  | CommandOf<'PublishPrice', ModelPrice>
  | CommandOf<'PublishFallbackPrice', PriceTerms>
  | CommandOf<'PublishPriceAlias', ModelAlias>;

/** Lets an edition of the built-in list rate from here on. */
type EditionAdopted = CommandOf<'AdoptBuiltInPrices', { readonly edition: number }>;

export type PricesCommand = PublishCommand | EditionAdopted;

/** The operator's own prices. */
export interface Prices {
  /** How many were published: it numbers the next one. */
  readonly published: number;
  /** What stands, as JSON, by what it is the price of and from when. */
  readonly standing: ReadonlyMap<string, string>;
  /** The edition of the built-in list that rates. */
  readonly edition: number;
}

const evolve = (prices: Prices, event: PricesEvent): Prices =>
  isPublication(event)
    ? {
        ...prices,
        published: prices.published + 1,
        standing: new Map(prices.standing).set(subjectOf(event), termsOf(event)),
      }
    : { ...prices, edition: event.data.edition };

const decide = (command: PricesCommand, prices: Prices): readonly PricesEvent[] | Refusal<KernelCode> => {
  if (command.type === 'AdoptBuiltInPrices') {
    const { edition } = command.data;
    return edition > prices.edition ? [{ type: 'BuiltInPricesAdopted', data: { edition } }] : [];
  }
  const event = publicationOf(command, prices.published + 1);
  if (isRefusal(event)) return event;
  // What stands already is not published again.
  return prices.standing.get(subjectOf(event)) === termsOf(event) ? [] : [event];
};

/** The event of a publication. @param number the how manieth it would be */
const publicationOf = (command: PublishCommand, number: number): Publication | Refusal<KernelCode> => {
  const fromMs = command.data.from === null ? null : parseInstant(command.data.from);
  if (typeof fromMs === 'string') return refuse('invalidValue', 'from must be an ISO 8601 instant with a time zone');
  const from = fromMs === null ? null : formatInstant(fromMs);
  const version = (name: string): string => `own:${name}@${from ?? 'always'}#${String(number)}`;
  switch (command.type) {
    case 'PublishPrice': {
      const model = exactModel(command.data.model);
      if (model.includes('*')) return refuse('invalidValue', 'model must be one id; a pattern is an alias');
      const data = { ...termsIn(command.data), from, model, priceVersion: version(model) };
      return checked(pricePublished.safeParse({ type: 'PricePublished', data }));
    }
    case 'PublishFallbackPrice': {
      const data = { ...termsIn(command.data), from, priceVersion: version('fallback') };
      return checked(fallbackPricePublished.safeParse({ type: 'FallbackPricePublished', data }));
    }
    case 'PublishPriceAlias':
      return aliasIn(command.data, from, `alias#${String(number)}`);
    default:
      return unreachable(command);
  }
};

const termsIn = ({ prices, tiers = [], fast, webSearchMicros }: PriceTerms) => ({
  prices,
  ...(tiers.length > 0 && { tiers }),
  ...(fast && { fast: { prices: fast.prices, ...(fast.tiers && fast.tiers.length > 0 && { tiers: fast.tiers }) } }),
  ...(webSearchMicros !== undefined && { webSearchMicros }),
});

const aliasIn = (
  { alias, model, factor }: ModelAlias,
  from: string | null,
  priceVersion: string,
): Publication | Refusal<KernelCode> => {
  const factorBasisPoints = basisPointsOf(factor);
  const stars = alias.split('*').length - 1;
  if (factorBasisPoints === undefined || factorBasisPoints < 1 || factorBasisPoints > maxFactorBasisPoints) {
    return refuse('invalidValue', 'factor must be above 0 and at most 100, with at most four decimal places');
  }
  if (stars > 1) return refuse('invalidValue', 'alias must hold at most one *');
  if (stars === 0 && model === null) return refuse('invalidValue', 'an alias without * must say which model it is');
  if (model?.includes('*') === true) return refuse('invalidValue', 'model must be one id, without *');
  const data = {
    alias: exactModel(alias),
    model: model === null ? null : exactModel(model),
    factorBasisPoints,
    from,
    priceVersion,
  };
  return checked(priceAliasPublished.safeParse({ type: 'PriceAliasPublished', data }));
};

const checked = (event: z.ZodSafeParseResult<Publication>): Publication | Refusal<KernelCode> => {
  if (event.success) return event.data;
  const [{ path, message }] = event.error.issues;
  return refuse('invalidValue', `${path.slice(1).join('.')}: ${message}`);
};

const subjectOf = ({ type, data }: Publication): string => {
  switch (type) {
    case 'PricePublished':
      return JSON.stringify([data.model, data.from]);
    case 'FallbackPricePublished':
      return JSON.stringify([null, data.from]);
    case 'PriceAliasPublished':
      return JSON.stringify(['alias', data.alias, data.from]);
  }
};

/** Events come out of their schema, so that equal prices are equal as text. */
const termsOf = ({ type, data }: Publication): string =>
  type === 'PriceAliasPublished'
    ? JSON.stringify([data.model, data.factorBasisPoints])
    : JSON.stringify([data.prices, data.tiers ?? [], data.fast ?? null, data.webSearchMicros ?? null]);

/** The last publication that says what the command asks for: it was just accepted, or had been before. */
export const publishedAs = (command: PublishCommand, publications: readonly Publication[]): Publication | undefined => {
  const asked = publicationOf(command, 0);
  if (isRefusal(asked)) return undefined;
  const [subject, terms] = [subjectOf(asked), termsOf(asked)];
  return publications.findLast((event) => subjectOf(event) === subject && termsOf(event) === terms);
};

/** Decides on the stream `prices`. Refuses with `invalidValue`. */
export const pricesDecider: Decider<PricesCommand, Prices, PricesEvent, KernelCode> = {
  initial: { published: 0, standing: new Map(), edition: 1 },
  evolve,
  decide,
};
