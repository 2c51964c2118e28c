import { parseISO } from 'date-fns/parseISO';
import type { Charge } from '#domain/metering/metering.events.js';
import { builtInCurrency, builtInPrices } from '#domain/prices/built-in-prices.js';
import { modelName } from '#domain/prices/model-name.js';
import type { PricesEvent, PriceTiers, TokenPrices } from '#domain/prices/prices.events.js';
import type { PlainRecord } from './plain-record.js';

interface PlainPrice {
  /** Null for the fallback. */
  readonly model: string | null;
  readonly fromMs: number;
  readonly prices: TokenPrices;
  readonly tiers: PriceTiers;
}

/**
 * Rates again what was rated: tokens by the price that the charge names, in whole numbers of any size. Which of several
 * prices was known at that moment is the business of re-rating; that the named one fits the record is looked at here.
 */
export const createPlainPrices = () => {
  const published = new Map<string, PlainPrice>();

  const priceOf = (version: string, currency: string): PlainPrice | undefined =>
    published.get(version) ?? (currency === builtInCurrency ? builtIn.get(version) : undefined);

  return {
    apply({ type, data }: PricesEvent): void {
      const fromMs = data.from === null ? -Infinity : parseISO(data.from).getTime();
      const price = { fromMs, prices: data.prices, tiers: data.tiers ?? [] };
      published.set(data.priceVersion, { ...price, model: type === 'PricePublished' ? data.model : null });
    },

    /** What is wrong with how a record is rated, or undefined. */
    faultOf(record: PlainRecord, charge: Charge, currency: string): { expected: string; found: string } | undefined {
      if (charge.rating === 'reported') {
        return charge.priceVersion === '' ? undefined : { expected: 'no price', found: charge.priceVersion };
      }
      const price = priceOf(charge.priceVersion, currency);
      const model = charge.rating === 'priced' ? modelName(record.model) : null;
      if (price?.model !== model || !(price.fromMs <= record.occurredAtMs)) {
        return { expected: `a price of ${model ?? 'the fallback'} in force`, found: charge.priceVersion };
      }
      const expected = costOf(record, price);
      return expected === BigInt(charge.costMicros)
        ? undefined
        : { expected: `${String(expected)} micros`, found: `${String(charge.costMicros)} micros` };
    },
  };
};

const builtIn: ReadonlyMap<string, PlainPrice> = new Map(
  builtInPrices.map(({ model, from, prices, tiers = [] }) => [
    `builtIn:${model ?? 'fallback'}@${from}`,
    { model, fromMs: from === 'always' ? -Infinity : parseISO(`${from}T00:00Z`).getTime(), prices, tiers },
  ]),
);

/** Tokens times price, halved for a batch, rounded once, half to even (domain.md, Money). */
const costOf = (record: PlainRecord, { prices, tiers }: PlainPrice): bigint => {
  const prompt = [record.inputTokens, record.cacheReadTokens, record.cacheWrite5mTokens, record.cacheWrite1hTokens]
    .map(BigInt)
    .reduce((sum, tokens) => sum + tokens, 0n);
  const tier = tiers.findLast(({ abovePromptTokens }) => prompt > BigInt(abovePromptTokens))?.prices ?? prices;
  const sum =
    BigInt(record.inputTokens) * BigInt(tier.inputMicros) +
    BigInt(record.outputTokens) * BigInt(tier.outputMicros) +
    BigInt(record.cacheReadTokens) * BigInt(tier.cacheReadMicros) +
    BigInt(record.cacheWrite5mTokens) * BigInt(tier.cacheWrite5mMicros) +
    BigInt(record.cacheWrite1hTokens) * BigInt(tier.cacheWrite1hMicros);
  const per = record.batch === 1 ? 2_000_000n : 1_000_000n;
  const whole = sum / per;
  const twiceTheRest = (sum % per) * 2n;
  const isUp = twiceTheRest > per || (twiceTheRest === per && whole % 2n === 1n);
  return isUp ? whole + 1n : whole;
};
