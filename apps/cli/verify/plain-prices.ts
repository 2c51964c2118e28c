import { parseISO } from 'date-fns/parseISO';
import { type Charge, unpricedRatings } from '#metering/domain/metering.events.js';
import {
  builtInCurrency,
  builtInPrices,
  builtInVersionName,
  builtInWebSearchMicros,
} from '#prices/domain/built-in-prices.js';
import { exactModel, undatedModel, withoutCloudVersion } from '#prices/domain/model-name.js';
import { partsOf } from '#prices/domain/price-alias.js';
import type { PriceAliasPublished, PricesEvent, PriceTiers, TokenPrices } from '#prices/domain/prices.events.js';
import type { PlainRecord } from './plain-record.js';

interface PlainTariff {
  readonly prices: TokenPrices;
  readonly tiers?: PriceTiers | undefined;
}

interface PlainPrice extends PlainTariff {
  /** Null for the fallback. */
  readonly model: string | null;
  readonly fromMs: number;
  readonly fast?: PlainTariff | undefined;
  readonly webSearchMicros?: number | undefined;
}

/**
 * Rates again what was rated: tokens by the price that the charge names, in whole numbers of any size. Which of several
 * prices was known at that moment is the business of re-rating; that the named one fits the record is looked at here.
 */
export const createPlainPrices = () => {
  const published = new Map<string, PlainPrice>();
  const aliases = new Map<string, PriceAliasPublished['data']>();

  const priceOf = (version: string, currency: string): PlainPrice | undefined =>
    published.get(version) ?? (currency === builtInCurrency ? builtIn.get(version) : undefined);

  /** Whether the alias, if there is one, leads from the record's model to the price. */
  const leadsTo = (price: PlainPrice, alias: string | undefined, record: PlainRecord): boolean => {
    const exact = exactModel(record.model);
    if (price.model === null) return alias === undefined;
    if (alias === undefined) return isModelOf(price.model, exact);
    const behind = aliases.get(alias);
    if (behind === undefined || !(startMs(behind.from) <= record.occurredAtMs)) return false;
    const [before, after] = behind.alias.split('*');
    const isPattern = behind.alias.includes('*');
    const length = exact.length - before.length - (isPattern ? after.length : 0);
    if (isPattern ? length < 1 || !exact.startsWith(before) || !exact.endsWith(after) : exact !== before) return false;
    const target = behind.model ?? exact.slice(before.length, before.length + length);
    return isModelOf(price.model, target) || isModelOf(price.model, withoutCloudVersion(target));
  };

  return {
    apply({ type, data }: PricesEvent): void {
      if (type === 'BuiltInPricesAdopted') return;
      if (type === 'PriceAliasPublished') aliases.set(data.priceVersion, data);
      else {
        const model = type === 'PricePublished' ? data.model : null;
        published.set(data.priceVersion, { ...data, fromMs: startMs(data.from), model });
      }
    },

    /** What is wrong with how a record is rated, or undefined. */
    faultOf(record: PlainRecord, charge: Charge, currency: string): { expected: string; found: string } | undefined {
      const { rating, priceVersion } = charge;
      if (rating === 'reported') return priceVersion === '' ? undefined : { expected: 'no price', found: priceVersion };
      const parts = partsOf(priceVersion);
      const price = priceOf(parts.price, currency);
      const isFallback = unpricedRatings.has(rating);
      const fits =
        price !== undefined &&
        (price.model === null) === isFallback &&
        price.fromMs <= record.occurredAtMs &&
        leadsTo(price, parts.alias, record);
      const tariff = record.fast === 1 ? price?.fast : price;
      const webSearchMicros =
        price?.webSearchMicros ?? (currency === builtInCurrency ? builtInWebSearchMicros : undefined);
      if (!fits || tariff === undefined || (record.webSearches > 0 && webSearchMicros === undefined)) {
        const expected = `a price of ${isFallback ? 'the fallback' : exactModel(record.model)} in force for what was used`;
        return { expected, found: priceVersion };
      }
      const factor = parts.alias === undefined ? 10_000 : (aliases.get(parts.alias)?.factorBasisPoints ?? 10_000);
      const expected = costOf(record, tariff, webSearchMicros ?? 0, factor);
      return expected === BigInt(charge.costMicros)
        ? undefined
        : { expected: `${String(expected)} micros`, found: `${String(charge.costMicros)} micros` };
    },
  };
};

/** Whether a price of the model may rate usage under the id: exact, without its date, or with a date it does not name. */
const isModelOf = (model: string, exact: string): boolean =>
  [exact, undatedModel(exact)].includes(model) || undatedModel(model) === exact;

const startMs = (from: string | null): number => (from === null ? -Infinity : parseISO(from).getTime());

const builtIn: ReadonlyMap<string, PlainPrice> = new Map(
  builtInPrices.map((row) => [
    builtInVersionName(row),
    { ...row, fromMs: row.from === 'always' ? -Infinity : parseISO(`${row.from}T00:00Z`).getTime() },
  ]),
);

/**
 * Tokens times price and searches times theirs, tokens halved for a batch, times the factor of an alias, rounded once,
 * half to even (docs/domain.md, Money).
 */
const costOf = (
  record: PlainRecord,
  { prices, tiers = [] }: PlainTariff,
  webSearchMicros: number,
  factorBasisPoints: number,
): bigint => {
  const prompt = [record.inputTokens, record.cacheReadTokens, record.cacheWrite5mTokens, record.cacheWrite1hTokens]
    .map(BigInt)
    .reduce((sum, tokens) => sum + tokens, 0n);
  const tier = tiers.findLast(({ abovePromptTokens }) => prompt > BigInt(abovePromptTokens))?.prices ?? prices;
  const tokens =
    BigInt(record.inputTokens) * BigInt(tier.inputMicros) +
    BigInt(record.outputTokens) * BigInt(tier.outputMicros) +
    BigInt(record.cacheReadTokens) * BigInt(tier.cacheReadMicros) +
    BigInt(record.cacheWrite5mTokens) * BigInt(tier.cacheWrite5mMicros) +
    BigInt(record.cacheWrite1hTokens) * BigInt(tier.cacheWrite1hMicros);
  const searches = BigInt(record.webSearches) * BigInt(webSearchMicros) * 1_000_000n;
  const halves = record.batch === 1 ? tokens : 2n * tokens;
  const sum = (halves + 2n * searches) * BigInt(factorBasisPoints);
  const per = 2_000_000n * 10_000n;
  const whole = sum / per;
  const twiceTheRest = (sum % per) * 2n;
  const isUp = twiceTheRest > per || (twiceTheRest === per && whole % 2n === 1n);
  return isUp ? whole + 1n : whole;
};
