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

/** What a million tokens of each kind cost, in micros. */
export const tokenPrices = pricesOf(natural);
export type TokenPrices = z.infer<typeof tokenPrices>;

/** Tiers by prompt length, ascending: a request whose prompt is longer moves into the tier as a whole. */
export const priceTiers = tiersOf(natural);
export type PriceTiers = NonNullable<z.infer<typeof priceTiers>>;

/** An operator's own price of a model. Of two for the same instant the later published stands. */
export const pricePublished = z.strictObject({
  type: z.literal('PricePublished'),
  data: z.strictObject({
    model: z.string().min(1).max(255),
    from,
    priceVersion: z.string().min(1),
    prices: tokenPrices,
    tiers: priceTiers,
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
  }),
});

export const pricesEvent = z.discriminatedUnion('type', [pricePublished, fallbackPricePublished]);
export type PricesEvent = z.infer<typeof pricesEvent>;

/** Tells events of this capability from others by their type; what the log holds was parsed at the door. */
export const isPricesEvent = (event: { readonly type: string; readonly data: object }): event is PricesEvent =>
  event.type === 'PricePublished' || event.type === 'FallbackPricePublished';
