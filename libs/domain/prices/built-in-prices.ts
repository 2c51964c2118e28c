import { millisecondsInDay } from 'date-fns/constants';
import { parseDay } from '#kernel/instants.js';
import { basisPointsOf } from '#kernel/money.js';
import type { PriceTiers, TokenPrices } from './prices.events.js';

/** The only currency the built-in prices are in: an organisation with another one does without them. */
export const builtInCurrency = 'USD';

export interface BuiltInPrice {
  /** As `modelName` writes it; null for the fallback. */
  readonly model: string | null;
  /** The day from which it applies, from 00:00 UTC on; `always` for a price that nothing came before. */
  readonly from: string;
  readonly prices: TokenPrices;
  readonly tiers?: PriceTiers;
}

/** 0.0001 USD, the finest step of a four-place decimal, in micros. */
const microsPerBasisPoint = 100;

const microsOfUsd = (usd: number): number => {
  const basisPoints = basisPointsOf(usd);
  if (basisPoints === undefined) throw new Error(`A built-in price has more than four places: ${String(usd)}`);
  return basisPoints * microsPerBasisPoint;
};

/** USD per million tokens, in the order in which price pages print them. */
const usd = (input: number, write5m: number, write1h: number, read: number, output: number): TokenPrices => ({
  inputMicros: microsOfUsd(input),
  cacheWrite5mMicros: microsOfUsd(write5m),
  cacheWrite1hMicros: microsOfUsd(write1h),
  cacheReadMicros: microsOfUsd(read),
  outputMicros: microsOfUsd(output),
});

const row = (
  models: readonly (string | null)[],
  from: string,
  prices: TokenPrices,
  tiers?: PriceTiers,
): BuiltInPrice[] => models.map((model) => ({ model, from, prices, ...(tiers && { tiers }) }));

/**
 * The built-in price list. It came from public price pages between August and October 2026. An operator's own price
 * for a model overrides it; it is as old as that.
 */
export const builtInPrices: readonly BuiltInPrice[] = [
  // usd(input, cache write 5 m, cache write 1 h, cache read, output)
  row(['claude-fable-5', 'claude-mythos-5'], 'always', usd(10, 12.5, 20, 1, 50)),
  row(['claude-fable-5-1', 'claude-mythos-5-1'], '2026-09-01', usd(10, 12.5, 20, 0.25, 50)),
  row(['claude-opus-5-5'], '2026-09-22', usd(4, 5, 8, 0.2, 20)),
  row(
    ['claude-opus-5', 'claude-opus-4-8', 'claude-opus-4-7', 'claude-opus-4-6', 'claude-opus-4-5'],
    'always',
    usd(5, 6.25, 10, 0.5, 25),
  ),
  row(['claude-sonnet-5-5'], '2026-09-28', usd(2, 2.5, 4, 0.2, 10)),
  row(['claude-sonnet-5-5'], '2026-10-07', usd(2, 2.5, 4, 0.1, 10)),
  row(['claude-sonnet-5'], 'always', usd(2, 2.5, 4, 0.2, 10)),
  row(['claude-sonnet-4-6', 'claude-sonnet-4-5', 'claude-sonnet-4'], 'always', usd(3, 3.75, 6, 0.3, 15)),
  row(['claude-haiku-5-5'], '2026-10-07', usd(0.1, 0.125, 0.2, 0.01, 0.5), [
    { abovePromptTokens: 100_000, prices: usd(0.5, 0.625, 1, 0.05, 2.5) },
  ]),
  row(['claude-haiku-4-5'], 'always', usd(1, 1.25, 2, 0.1, 5)),
  // What a model that nobody knows costs.
  row([null], 'always', usd(5, 6.25, 10, 0.5, 25)),
].flat();

/** When a built-in price begins, in milliseconds since 1970: a date on a price page is taken as 00:00 UTC. */
export const builtInFromMs = (from: string): number => {
  if (from === 'always') return -Infinity;
  const day = parseDay(from);
  if (day === undefined) throw new Error(`A built-in price begins on no day: ${from}`);
  return day * millisecondsInDay;
};
