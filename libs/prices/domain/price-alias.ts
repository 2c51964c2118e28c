import { fromMsOf, type PriceVersion } from './price-version.js';
import type { PriceAliasPublished } from './prices.events.js';

/** Another id, or a pattern of ids, of a model, from an instant on. */
export interface PriceAlias {
  /** `alias#<n>`. */
  readonly priceVersion: string;
  /** As `exactModel` writes it, with at most one `*`. */
  readonly alias: string;
  /** The model meant; null: the one whose id stands where the `*` is. */
  readonly model: string | null;
  readonly factorBasisPoints: number;
  /** Milliseconds since 1970; -Infinity if it always applied. */
  readonly fromMs: number;
}

export const aliasOf = ({ data }: PriceAliasPublished): PriceAlias => ({
  priceVersion: data.priceVersion,
  alias: data.alias,
  model: data.model,
  factorBasisPoints: data.factorBasisPoints,
  fromMs: fromMsOf(data.from),
});

/** What an id holds where the pattern has its `*`; the id itself if the alias has none and is this id. */
export const capturedBy = (alias: string, exactId: string): string | undefined => {
  const star = alias.indexOf('*');
  if (star < 0) return alias === exactId ? exactId : undefined;
  const [before, after] = [alias.slice(0, star), alias.slice(star + 1)];
  const fits = exactId.length > alias.length - 1 && exactId.startsWith(before) && exactId.endsWith(after);
  return fits ? exactId.slice(before.length, exactId.length - after.length) : undefined;
};

/** Parts the name of an alias from that of the price it leads to: no name of an alias holds it. */
const leadsTo = '>';

/** A price as it is behind an alias. */
export const versionBehind = (alias: PriceAlias, version: PriceVersion): PriceVersion => ({
  ...version,
  priceVersion: `${alias.priceVersion}${leadsTo}${version.priceVersion}`,
  factorBasisPoints: alias.factorBasisPoints,
});

/** The name of the alias, if one leads to the price, and that of the price. */
export const partsOf = (priceVersion: string): { readonly alias: string | undefined; readonly price: string } => {
  const [, alias, price] = /^(alias#\d+)>(.*)$/s.exec(priceVersion) ?? [undefined, undefined, priceVersion];
  return { alias, price };
};

/** Whether no publication has led to the price. */
export const isBuiltIn = (priceVersion: string): boolean => priceVersion.startsWith('builtIn:');

/** Whether what was rated with `rated` owes it to the publication that is named `published`. */
export const isRatedBy = (rated: string, published: string): boolean => {
  const { alias, price } = partsOf(rated);
  return alias === published || price === published;
};
