import { divideHalfEven, divideSafeHalfEven, maxMicros } from '#kernel/money.js';
import { ratings } from '#metering/domain/metering.events.js';
import type { PriceBook } from './price-book.js';
import { noFactor, type Tariff } from './price-version.js';
import type { TokenPrices } from './prices.events.js';

/** What a record used, as the hot path holds it. All numbers are naturals. */
export interface Usage {
  /** The id as the sender wrote it; empty if the record does not say. */
  readonly model: string;
  readonly occurredAtMs: number;
  /** 1 for a batch request, which costs half; else 0. */
  readonly batch: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  /** 1 in fast mode, which has prices of its own; else 0. */
  readonly fast: number;
  readonly webSearches: number;
}

/** What `rate` answers into: an object of the caller's, so that none is made per record. */
export interface Rated {
  costMicros: number;
  /** A place in `ratings`: `priced` or `unpriced`, or one of the two over a reported cost of 0. */
  rating: number;
  priceVersion: string;
}

/**
 * `pricesMissing`: no price, and no fallback because the currency is not that of the built-in list.
 * `costOutOfRange`: more than 2^53 - 1 micros.
 */
export type RatingFault = 'pricesMissing' | 'costOutOfRange';

const priced = ratings.indexOf('priced');
const unpriced = ratings.indexOf('unpriced');
const pricedOverZero = ratings.indexOf('pricedOverZero');
const unpricedOverZero = ratings.indexOf('unpricedOverZero');

/** Prices are per million tokens; halving a batch request belongs to the same, single division. */
const tokensPerPrice = 1_000_000;
const batchTokensPerPrice = 2_000_000;

/**
 * Turns usage into money (docs/domain.md, Money): tokens by kind times the price in force when it occurred, summed, halved
 * for a batch request, rounded once, half to even. Without a known price the fallback applies and the record is
 * `unpriced`: usage is never free because nobody has priced it. A reported cost is the caller's business.
 *
 * @param overZero the sender has reported a cost of 0, which is what gateways write when they do not know
 * @returns why there is no cost, and then `rated` is as it was; of a cost out of range it names the version
 */
export const rate = (
  book: Pick<PriceBook, 'lookup' | 'fallback'>,
  usage: Usage,
  overZero: boolean,
  rated: Rated,
): RatingFault | undefined => {
  const isFast = usage.fast === 1;
  const searchesWeb = usage.webSearches > 0;
  const known = book.lookup(usage.model, usage.occurredAtMs, isFast, searchesWeb);
  const version = known ?? book.fallback(usage.occurredAtMs, isFast, searchesWeb);
  if (version === undefined) return 'pricesMissing';
  const tariff = isFast ? (version.fast ?? version) : version;
  const costMicros = costOf(usage, pricesFor(usage, tariff), version.webSearchMicros ?? 0, version.factorBasisPoints);
  rated.priceVersion = version.priceVersion;
  if (costMicros > maxMicros) return 'costOutOfRange';
  rated.costMicros = costMicros;
  if (overZero) rated.rating = known === undefined ? unpricedOverZero : pricedOverZero;
  else rated.rating = known === undefined ? unpriced : priced;
  return undefined;
};

/** A prompt longer than a tier's bound moves the whole request into that tier. */
const pricesFor = (usage: Usage, { prices, tiers }: Tariff): TokenPrices => {
  if (tiers.length === 0) return prices;
  const promptTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  for (let i = tiers.length - 1; i >= 0; i--) {
    if (promptTokens > tiers[i].abovePromptTokens) return tiers[i].prices;
  }
  return prices;
};

/**
 * Micros, past `maxMicros` if they are too many. A sum of naturals in doubles that comes out at 2^53 - 1 or less was
 * exact at every step, because rounding never takes a sum of 2^53 or more below it; a larger one is worked out again.
 */
const costOf = (usage: Usage, prices: TokenPrices, webSearchMicros: number, factorBasisPoints: number): number => {
  const tokens = usage.batch === 1 ? batchTokensPerPrice : tokensPerPrice;
  const sum =
    usage.inputTokens * prices.inputMicros +
    usage.outputTokens * prices.outputMicros +
    usage.cacheReadTokens * prices.cacheReadMicros +
    usage.cacheWrite5mTokens * prices.cacheWrite5mMicros +
    usage.cacheWrite1hTokens * prices.cacheWrite1hMicros +
    // A batch halves what tokens cost, and not the searches.
    usage.webSearches * webSearchMicros * tokens;
  return sum <= maxMicros && factorBasisPoints === noFactor
    ? divideSafeHalfEven(sum, tokens)
    : Number(
        divideHalfEven(
          exactSum(usage, prices, webSearchMicros, tokens) * BigInt(factorBasisPoints),
          BigInt(tokens) * BigInt(noFactor),
        ),
      );
};

const exactSum = (usage: Usage, prices: TokenPrices, webSearchMicros: number, tokens: number): bigint =>
  BigInt(usage.inputTokens) * BigInt(prices.inputMicros) +
  BigInt(usage.outputTokens) * BigInt(prices.outputMicros) +
  BigInt(usage.cacheReadTokens) * BigInt(prices.cacheReadMicros) +
  BigInt(usage.cacheWrite5mTokens) * BigInt(prices.cacheWrite5mMicros) +
  BigInt(usage.cacheWrite1hTokens) * BigInt(prices.cacheWrite1hMicros) +
  BigInt(usage.webSearches) * BigInt(webSearchMicros) * BigInt(tokens);
