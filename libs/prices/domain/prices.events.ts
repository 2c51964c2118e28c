import { z } from 'zod';
import { parseInstant } from '#kernel/instants.js';

const natural = z.int().nonnegative();
const positive = z.int().positive();

/** An instant as text; from then on a price applies. `null`: it always has. */
const from = z
  .string()
  .refine((text) => typeof parseInstant(text) === 'number', 'is not an instant with a time zone')
  .nullable();

const pricesOf = <T extends z.ZodType<number>>(price: T) =>
  z.strictObject({
    inputMicros: price,
    cacheWrite5mMicros: price,
    cacheWrite1hMicros: price,
    cacheReadMicros: price,
    outputMicros: price,
  });

const tiersOf = <T extends z.ZodType<number>>(price: T) =>
  z
    .array(z.strictObject({ abovePromptTokens: natural, prices: pricesOf(price) }))
    .refine(
      (tiers) => tiers.every((tier, i) => i === 0 || tiers[i - 1].abovePromptTokens < tier.abovePromptTokens),
      'must have ascending, different prompt lengths',
    )
    .optional();

const fastOf = <T extends z.ZodType<number>>(price: T) =>
  z.strictObject({ prices: pricesOf(price), tiers: tiersOf(price) }).optional();

/** What a million tokens of each kind cost, in micros. */
export const tokenPrices = pricesOf(natural);
export type TokenPrices = z.infer<typeof tokenPrices>;

/** Tiers by prompt length, ascending: a request whose prompt is longer moves into the tier as a whole. */
export const priceTiers = tiersOf(natural);
export type PriceTiers = NonNullable<z.infer<typeof priceTiers>>;

/** What tokens cost in fast mode. */
export const fastPrices = fastOf(natural);
export type FastPrices = NonNullable<z.infer<typeof fastPrices>>;

/** What one web search costs, in micros. */
export const webSearchPrice = natural.optional();

/** A multiple of a price has at most so many basis points: a hundred times the price. */
export const maxFactorBasisPoints = 1_000_000;

/** An operator's own price of a model. Of two for the same instant the later published stands. */
export const pricePublished = z.strictObject({
  type: z.literal('PricePublished'),
  data: z.strictObject({
    /** As `exactModel` writes it. Format 1 took dates off before it stored it. */
    model: z.string().min(1).max(255),
    from,
    priceVersion: z.string().min(1),
    prices: tokenPrices,
    tiers: priceTiers,
    fast: fastPrices,
    webSearchMicros: webSearchPrice,
  }),
});

/** What usage without a known price costs. No part of it is 0: such usage is never free. */
export const fallbackPricePublished = z.strictObject({
  type: z.literal('FallbackPricePublished'),
  data: z.strictObject({
    from,
    priceVersion: z.string().min(1),
    prices: pricesOf(positive),
    tiers: tiersOf(positive),
    fast: fastOf(positive),
    webSearchMicros: positive.optional(),
  }),
});

/**
 * Other ids under which a model is metered: `anthropic/claude-sonnet-4.5`, or a pattern with one `*`, `us.anthropic.*`.
 * They cost what the model costs, times a factor.
 */
export const priceAliasPublished = z.strictObject({
  type: z.literal('PriceAliasPublished'),
  data: z.strictObject({
    alias: z.string().min(1).max(255),
    /** The model whose price is meant; null: the one whose id stands where the `*` is. */
    model: z.string().min(1).max(255).nullable(),
    factorBasisPoints: positive.max(maxFactorBasisPoints),
    from,
    priceVersion: z.string().min(1),
  }),
});
export type PriceAliasPublished = z.infer<typeof priceAliasPublished>;

/** Which edition of the built-in price list rates from here on. Before the first such event it is edition 1. */
const builtInPricesAdopted = z.strictObject({
  type: z.literal('BuiltInPricesAdopted'),
  data: z.strictObject({ edition: z.int().min(2) }),
});

/** What an operator publishes: it is numbered, and records that it concerns are rated anew. */
export const publication = z.discriminatedUnion('type', [pricePublished, fallbackPricePublished, priceAliasPublished]);
export type Publication = z.infer<typeof publication>;
/** Of those, the ones that say amounts. */
export type PricePublication = Exclude<Publication, PriceAliasPublished>;

export const pricesEvent = z.discriminatedUnion('type', [...publication.options, builtInPricesAdopted]);
export type PricesEvent = z.infer<typeof pricesEvent>;

/** Types of the events of this capability. */
export const pricesEventTypes: readonly string[] = pricesEvent.options.map((event) => event.shape.type.value);
const types: ReadonlySet<string> = new Set(pricesEventTypes);

/** Tells events of this capability from others by their type; what the log holds was checked before it was stored. */
export const isPricesEvent = (event: { readonly type: string; readonly data: object }): event is PricesEvent =>
  types.has(event.type);

export const isPublication = (event: PricesEvent): event is Publication => event.type !== 'BuiltInPricesAdopted';
