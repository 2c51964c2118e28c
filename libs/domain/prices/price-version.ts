import { parseInstant } from '#kernel/instants.js';
import { type BuiltInPrice, builtInFromMs } from './built-in-prices.js';
import type { PricesEvent, PriceTiers, TokenPrices } from './prices.events.js';

/** One price of one model, from an instant on. What was rated with it names it by `priceVersion`. */
export interface PriceVersion {
  /** `builtIn:<model>@<from>` or `own:<model>@<from>#<n>`: never given to other prices. */
  readonly priceVersion: string;
  readonly origin: 'builtIn' | 'own';
  /** As `modelName` writes it; null for the fallback. */
  readonly model: string | null;
  /** Milliseconds since 1970; -Infinity if it always applied. */
  readonly fromMs: number;
  readonly prices: TokenPrices;
  /** Ascending; empty if the length of the prompt plays no part. */
  readonly tiers: PriceTiers;
}

/** The prices of one model in force: earliest first, each until the next begins. */
export type Timeline = readonly PriceVersion[];

export const builtInVersion = ({ model, from, prices, tiers }: BuiltInPrice): PriceVersion => ({
  priceVersion: `builtIn:${model ?? 'fallback'}@${from}`,
  origin: 'builtIn',
  model,
  fromMs: builtInFromMs(from),
  prices,
  tiers: tiers ?? [],
});

export const ownVersion = ({ type, data }: PricesEvent): PriceVersion => ({
  priceVersion: data.priceVersion,
  origin: 'own',
  model: type === 'PricePublished' ? data.model : null,
  fromMs: fromMsOf(data.from),
  prices: data.prices,
  tiers: data.tiers ?? [],
});

/**
 * The price in force for each instant. An own price overrides the built-in ones from its beginning on; before the first
 * of them the built-in ones stand. Of two own prices for the same instant, the later published.
 *
 * @param versions of one model; own ones in the order of publication
 */
export const timelineOf = (versions: readonly PriceVersion[]): Timeline => {
  const own = new Map(versions.filter(({ origin }) => origin === 'own').map((version) => [version.fromMs, version]));
  const firstOwnMs = Math.min(...own.keys());
  const builtIn = versions.filter(({ origin, fromMs }) => origin === 'builtIn' && fromMs < firstOwnMs);
  return [...builtIn, ...own.values()].sort((a, b) => (a.fromMs < b.fromMs ? -1 : 1));
};

/** The price in force at an instant. Runs once per record: a model has few prices, and the last is the likely one. */
export const inForceAt = (timeline: Timeline, ms: number): PriceVersion | undefined => {
  for (let i = timeline.length - 1; i >= 0; i--) {
    if (timeline[i].fromMs <= ms) return timeline[i];
  }
  return undefined;
};

const fromMsOf = (from: string | null): number => {
  if (from === null) return -Infinity;
  const ms = parseInstant(from);
  if (typeof ms === 'number') return ms;
  throw new Error(`A stored price begins at no instant: ${from}`);
};
