import { formatInstant } from '#kernel/instants.js';
import type { PriceAlias } from './price-alias.js';
import type { PriceBook } from './price-book.js';
import { noFactor, type PriceVersion, type Tariff, timelineOf } from './price-version.js';
import type { PriceTiers, TokenPrices } from './prices.events.js';

interface ListedRange {
  readonly priceVersion: string;
  /** Null if it always applied. */
  readonly from: string | null;
  /** Null if nothing comes after it. */
  readonly until: string | null;
  /** Another stands in its place: nothing is rated with it any more. */
  readonly replaced: boolean;
}

/** One price as `GET /prices` shows it; in force in `[from, until)`. */
export interface ListedPrice extends ListedRange {
  /** Null for the fallback. */
  readonly model: string | null;
  readonly origin: PriceVersion['origin'];
  readonly prices: TokenPrices;
  readonly tiers: PriceTiers;
  /** Null if fast mode has no price here. */
  readonly fast: Tariff | null;
  /** Null if nobody has said. */
  readonly webSearchMicros: number | null;
}

/** One alias as `GET /prices` shows it. */
export interface ListedAlias extends ListedRange {
  readonly alias: string;
  /** Null: the model whose id stands where the `*` is. */
  readonly model: string | null;
  readonly factor: number;
}

/** Every price in the book, those replaced too: by model, the fallback first, then from when, then as published. */
export const priceList = (book: Pick<PriceBook, 'versions'>): readonly ListedPrice[] => {
  const versions = book.versions();
  const models = [...new Set(versions.map(({ model }) => model))].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));
  return models.flatMap((model) => listOf(versions.filter((version) => version.model === model)));
};

/** Every alias in the book: by its text, then from when, then as published. */
export const aliasList = (book: Pick<PriceBook, 'aliases'>): readonly ListedAlias[] => {
  const aliases = book.aliases();
  const texts = [...new Set(aliases.map(({ alias }) => alias))].sort();
  return texts.flatMap((text) => {
    const same = aliases.filter(({ alias }) => alias === text);
    const standing = inOrder([...new Map(same.map((alias) => [alias.fromMs, alias])).values()]);
    return inOrder(same).map((alias) => {
      const { model, factorBasisPoints } = alias;
      return { alias: text, model, factor: factorBasisPoints / noFactor, ...rangeOf<PriceAlias>(alias, standing) };
    });
  });
};

const listOf = (versions: readonly PriceVersion[]): readonly ListedPrice[] => {
  const own = timelineOf(versions.filter(({ origin }) => origin === 'own'));
  const ownFromMs = own.at(0)?.fromMs ?? Infinity;
  // From the first own price on, no built-in one of the same model is looked at.
  const builtIn = timelineOf(versions.filter(({ origin, fromMs }) => origin === 'builtIn' && fromMs < ownFromMs));
  return inOrder(versions).map((version) => {
    const { model, origin, prices, tiers, fast = null, webSearchMicros = null } = version;
    return {
      model,
      origin,
      ...rangeOf<PriceVersion>(version, [...builtIn, ...own]),
      prices,
      tiers,
      fast,
      webSearchMicros,
    };
  });
};

/** @param standing those that are in force one after the other */
const rangeOf = <T extends { readonly priceVersion: string; readonly fromMs: number }>(
  version: T,
  standing: readonly T[],
): ListedRange => {
  const place = standing.indexOf(version);
  const next = place < 0 ? undefined : standing.at(place + 1);
  return {
    priceVersion: version.priceVersion,
    from: instantOf(version.fromMs),
    until: next === undefined ? null : instantOf(next.fromMs),
    replaced: place < 0,
  };
};

const inOrder = <T extends { readonly fromMs: number }>(all: readonly T[]): T[] =>
  all.toSorted((a, b) => (a.fromMs === b.fromMs ? 0 : a.fromMs - b.fromMs));

const instantOf = (ms: number): string | null => (ms === -Infinity ? null : formatInstant(ms));
