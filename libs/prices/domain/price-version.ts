import { parseInstant } from '#kernel/instants.js';
import { type BuiltInPrice, builtInFromMs, builtInVersionName } from './built-in-prices.js';
import type { FastPrices, PricePublication, PriceTiers, TokenPrices } from './prices.events.js';

/** What tokens cost: prices, and tiers by prompt length, ascending; empty if it plays no part. */
export interface Tariff {
  readonly prices: TokenPrices;
  readonly tiers: PriceTiers;
}

/** One price of one model, from an instant on. What was rated with it names it by `priceVersion`. */
export interface PriceVersion extends Tariff {
  /**
   * `builtIn:<model>@<from>` or `own:<model>@<from>#<n>`: never given to other prices. Behind an alias it is
   * `alias#<n>>` and the version it leads to.
   */
  readonly priceVersion: string;
  readonly origin: 'builtIn' | 'own';
  /** As `exactModel` writes it; null for the fallback. */
  readonly model: string | null;
  /** Milliseconds since 1970; -Infinity if it always applied. */
  readonly fromMs: number;
  /** What tokens cost in fast mode; undefined if that has no price here. */
  readonly fast: Tariff | undefined;
  /** What one web search costs, in micros; undefined if nobody has said. */
  readonly webSearchMicros: number | undefined;
  /** What everything is multiplied with: 10,000 unless an alias says otherwise. */
  readonly factorBasisPoints: number;
}

/** The prices of one model and origin: earliest first, each until the next begins. */
export type Timeline = readonly PriceVersion[];

/** 1.0, in basis points. */
export const noFactor = 10_000;

export const builtInVersion = (price: BuiltInPrice): PriceVersion => ({
  priceVersion: builtInVersionName(price),
  origin: 'builtIn',
  model: price.model,
  fromMs: builtInFromMs(price.from),
  prices: price.prices,
  tiers: price.tiers ?? [],
  fast: tariffOf(price.fast),
  webSearchMicros: price.webSearchMicros,
  factorBasisPoints: noFactor,
});

export const ownVersion = ({ type, data }: PricePublication): PriceVersion => ({
  priceVersion: data.priceVersion,
  origin: 'own',
  model: type === 'PricePublished' ? data.model : null,
  fromMs: fromMsOf(data.from),
  prices: data.prices,
  tiers: data.tiers ?? [],
  fast: tariffOf(data.fast),
  webSearchMicros: data.webSearchMicros,
  factorBasisPoints: noFactor,
});

const tariffOf = (fast: FastPrices | undefined): Tariff | undefined =>
  fast && { prices: fast.prices, tiers: fast.tiers ?? [] };

/**
 * Versions in the order in which they apply; of two for the same instant the later one stands.
 *
 * @param versions of one model and one origin, in the order of publication
 */
export const timelineOf = (versions: readonly PriceVersion[]): Timeline =>
  [...new Map(versions.map((version) => [version.fromMs, version])).values()].sort((a, b) =>
    a.fromMs < b.fromMs ? -1 : 1,
  );

/** The price in force at an instant. Runs once per record: a model has few prices, and the last is the likely one. */
export const inForceAt = (timeline: Timeline, ms: number): PriceVersion | undefined => {
  for (let i = timeline.length - 1; i >= 0; i--) {
    if (timeline[i].fromMs <= ms) return timeline[i];
  }
  return undefined;
};

/** Milliseconds since 1970 of a stored `from`; -Infinity for null. */
export const fromMsOf = (from: string | null): number => {
  if (from === null) return -Infinity;
  const ms = parseInstant(from);
  if (typeof ms === 'number') return ms;
  throw new Error(`A stored price begins at no instant: ${from}`);
};
