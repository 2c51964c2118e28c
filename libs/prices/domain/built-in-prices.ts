import { millisecondsInDay } from 'date-fns/constants';
import { parseDay } from '#kernel/instants.js';
import { basisPointsOf } from '#kernel/money.js';
import type { FastPrices, PriceTiers, TokenPrices } from './prices.events.js';

/** The only currency the built-in prices are in: an organisation with another one does without them. */
export const builtInCurrency = 'USD';

/** The latest edition of the list: what a log adopts when this version starts on it. */
export const latestEdition = 2;

/** The day on which the latest edition was compared with public price pages. */
export const builtInAsOf = '2026-11-30';

/** From when on somebody should look whether the list is still right. */
export const maxBuiltInAgeDays = 60;

/** Whole days since the list was compared with public price pages. */
export const builtInAgeDays = (nowMs: number): number =>
  Math.floor((nowMs - builtInFromMs(builtInAsOf)) / millisecondsInDay);

/** What one web search costs where a price does not say, in micros of USD: 10 USD for a thousand. It never changes. */
export const builtInWebSearchMicros = 10_000;

export interface BuiltInPrice {
  /** As `exactModel` writes it; null for the fallback. */
  readonly model: string | null;
  /** The day from which it applies, from 00:00 UTC on; `always` for a price that nothing came before. */
  readonly from: string;
  /** The edition it came with. */
  readonly edition: number;
  /** The edition that no longer has it; undefined while it is in the list. */
  readonly gone: number | undefined;
  readonly prices: TokenPrices;
  readonly tiers?: PriceTiers;
  readonly fast?: FastPrices;
  readonly webSearchMicros: number;
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

type Terms = Pick<BuiltInPrice, 'prices' | 'tiers' | 'fast'>;

/** What a prompt above so many tokens costs. */
const above = (abovePromptTokens: number, prices: TokenPrices): Pick<Terms, 'tiers'> => ({
  tiers: [{ abovePromptTokens, prices }],
});

/** Rows that one edition brought and, if it did, another took away. */
const edition =
  (number: number, gone?: number) =>
  (models: readonly (string | null)[], from: string, terms: Terms): BuiltInPrice[] =>
    models.map((model) => ({
      model,
      from,
      edition: number,
      gone,
      webSearchMicros: builtInWebSearchMicros,
      ...terms,
    }));

const first = edition(1);
/** What edition 2 has corrected: kept for what was rated with it. */
const onlyFirst = edition(1, 2);
const second = edition(2);

const opus = usd(5, 6.25, 10, 0.5, 25);
const sonnet = usd(3, 3.75, 6, 0.3, 15);
/** Sonnet above 200,000 tokens of prompt: twice for what goes in, and its caches; 1.5 times for what comes out. */
const longSonnet = above(200_000, usd(6, 7.5, 12, 0.6, 22.5));
const longOpus = above(200_000, usd(10, 12.5, 20, 1, 37.5));
/** The dearest fast mode there has been, of claude-opus-4-6: six times its price. */
const opus46Fast = usd(30, 37.5, 60, 3, 150);

/**
 * The built-in price list. It came from public price pages between August and November 2026. An operator's own price
 * for a model overrides it; it is as old as that.
 *
 * A row never changes: a correction is a new row of a new edition, and the old one is `gone` with that edition.
 * Fast mode is priced where a public page gives its price, or says that it is twice that of the model; elsewhere it
 * costs what the fallback says. Every search of the web costs 10 USD for a thousand.
 */
export const builtInPrices: readonly BuiltInPrice[] = [
  // usd(input, cache write 5 m, cache write 1 h, cache read, output)
  first(['claude-fable-5', 'claude-mythos-5'], 'always', { prices: usd(10, 12.5, 20, 1, 50) }),
  first(['claude-fable-5-1', 'claude-mythos-5-1'], '2026-09-01', { prices: usd(10, 12.5, 20, 0.25, 50) }),
  second(['claude-fable-5-2', 'claude-mythos-5-2'], '2026-11-09', { prices: usd(8, 10, 16, 0.2, 40) }),
  onlyFirst(['claude-opus-5-5'], '2026-09-22', { prices: usd(4, 5, 8, 0.2, 20) }),
  second(['claude-opus-5-5'], '2026-09-22', {
    prices: usd(4, 5, 8, 0.2, 20),
    fast: { prices: usd(8, 10, 16, 0.4, 40) },
  }),
  onlyFirst(['claude-opus-5', 'claude-opus-4-6'], 'always', { prices: opus }),
  second(['claude-opus-5'], 'always', { prices: opus, fast: { prices: usd(10, 12.5, 20, 1, 50) } }),
  first(['claude-opus-4-8', 'claude-opus-4-7', 'claude-opus-4-5'], 'always', { prices: opus }),
  second(['claude-opus-4-6'], 'always', {
    prices: opus,
    ...longOpus,
    fast: { prices: opus46Fast, ...above(200_000, usd(60, 75, 120, 6, 225)) },
  }),
  second(['claude-opus-4-6'], '2026-03-13', { prices: opus, fast: { prices: opus46Fast } }),
  second(['claude-opus-4-1', 'claude-opus-4'], 'always', { prices: usd(15, 18.75, 30, 1.5, 75) }),
  first(['claude-sonnet-5-5'], '2026-09-28', { prices: usd(2, 2.5, 4, 0.2, 10) }),
  first(['claude-sonnet-5-5'], '2026-10-07', { prices: usd(2, 2.5, 4, 0.1, 10) }),
  first(['claude-sonnet-5'], 'always', { prices: usd(2, 2.5, 4, 0.2, 10) }),
  onlyFirst(['claude-sonnet-4-6', 'claude-sonnet-4-5', 'claude-sonnet-4'], 'always', { prices: sonnet }),
  second(['claude-sonnet-4-6', 'claude-sonnet-4-5', 'claude-sonnet-4'], 'always', { prices: sonnet, ...longSonnet }),
  second(['claude-sonnet-4-6'], '2026-03-13', { prices: sonnet }),
  first(['claude-haiku-5-5'], '2026-10-07', {
    prices: usd(0.1, 0.125, 0.2, 0.01, 0.5),
    ...above(100_000, usd(0.5, 0.625, 1, 0.05, 2.5)),
  }),
  first(['claude-haiku-4-5'], 'always', { prices: usd(1, 1.25, 2, 0.1, 5) }),
  second(['claude-haiku-3-5', 'claude-3-5-haiku'], 'always', { prices: usd(0.8, 1, 1.6, 0.08, 4) }),
  second(['claude-3-7-sonnet'], 'always', { prices: sonnet }),
  // What a model that nobody knows costs: as the dearest on sale, so that the unknown is never cheap.
  onlyFirst([null], 'always', { prices: opus }),
  second([null], 'always', { prices: usd(10, 12.5, 20, 1, 50), fast: { prices: opus46Fast } }),
].flat();

/** The rows that rate once the log has adopted the edition. */
export const builtInPricesOf = (adopted: number): readonly BuiltInPrice[] =>
  builtInPrices.filter(({ edition, gone = Infinity }) => edition <= adopted && adopted < gone);

/**
 * `builtIn:<model>@<from>`, and the edition behind a `#` if an earlier edition had another price for the same model and
 * day: what was rated names its price for ever.
 */
export const builtInVersionName = ({ model, from, edition }: BuiltInPrice): string => {
  const isCorrection = builtInPrices.some(
    (other) => other.model === model && other.from === from && other.edition < edition,
  );
  return `builtIn:${model ?? 'fallback'}@${from}${isCorrection ? `#${String(edition)}` : ''}`;
};

/** When a built-in price begins, in milliseconds since 1970: a date on a price page is taken as 00:00 UTC. */
export const builtInFromMs = (from: string): number => {
  if (from === 'always') return -Infinity;
  const day = parseDay(from);
  if (day === undefined) throw new Error(`A built-in price begins on no day: ${from}`);
  return day * millisecondsInDay;
};
