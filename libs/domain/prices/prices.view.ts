import { formatInstant } from '#kernel/instants.js';
import type { PriceBook } from './price-book.js';
import { type PriceVersion, timelineOf } from './price-version.js';
import type { PriceTiers, TokenPrices } from './prices.events.js';

/** One price as `GET /prices` shows it; in force in `[from, until)`. */
export interface ListedPrice {
  /** Null for the fallback. */
  readonly model: string | null;
  readonly origin: PriceVersion['origin'];
  readonly priceVersion: string;
  /** Null if it always applied. */
  readonly from: string | null;
  /** Null if nothing comes after it. */
  readonly until: string | null;
  /** Another price stands in its place: nothing is rated with it any more. */
  readonly replaced: boolean;
  readonly prices: TokenPrices;
  readonly tiers: PriceTiers;
}

/** Every price in the book, those replaced too: by model, the fallback first, then from when, then as published. */
export const priceList = (book: PriceBook): readonly ListedPrice[] => {
  const versions = book.versions();
  const models = [...new Set(versions.map(({ model }) => model))].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));
  return models.flatMap((model) => listOf(versions.filter((version) => version.model === model)));
};

const listOf = (versions: readonly PriceVersion[]): readonly ListedPrice[] => {
  const timeline = timelineOf(versions);
  return versions
    .toSorted((a, b) => (a.fromMs === b.fromMs ? 0 : a.fromMs - b.fromMs))
    .map((version) => {
      const place = timeline.indexOf(version);
      const next = place < 0 ? undefined : timeline.at(place + 1);
      const { model, origin, priceVersion, prices, tiers } = version;
      const range = { from: instantOf(version.fromMs), until: next === undefined ? null : instantOf(next.fromMs) };
      return { model, origin, priceVersion, ...range, replaced: place < 0, prices, tiers };
    });
};

const instantOf = (ms: number): string | null => (ms === -Infinity ? null : formatInstant(ms));
