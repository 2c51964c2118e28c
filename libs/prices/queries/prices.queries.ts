import { Query } from '@nestjs/cqrs';
import { type AsOf, asOf } from '#event-sourcing/as-of.js';
import { Fold } from '#event-sourcing/fold.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { builtInAgeDays, builtInAsOf, builtInCurrency, maxBuiltInAgeDays } from '../domain/built-in-prices.js';
import { exactModel, undatedModel } from '../domain/model-name.js';
import { capturedBy } from '../domain/price-alias.js';
import type { PriceBook } from '../domain/price-book.js';
import { aliasList, type ListedAlias, type ListedPrice, priceList } from '../domain/price-list.js';
import { type PublishCommand, publishedAs } from '../domain/prices.js';
import { PricesView } from '../domain/prices.view.js';

type Listed = ListedPrice | ListedAlias;

interface PricesInUse {
  /** In the order of their keys, by which pages are cut. */
  readonly prices: readonly { readonly price: Listed; readonly key: string }[];
  readonly currency: string;
  readonly builtIn: {
    readonly edition: number;
    readonly comparedOn: string;
    readonly ageDays: number;
    readonly outOfDate: boolean;
  };
  readonly asOf: AsOf;
}

/** Every price and alias, or those that have to do with one model. */
export class ListPrices extends Query<PricesInUse> {
  /** @param model an id in any spelling */
  constructor(
    readonly model: string | undefined,
    readonly nowMs: number,
  ) {
    super();
  }
}

/** What stands for a publication, also if others have published meanwhile: it is known by what it says. */
export class GetPublication extends Query<Listed> {
  constructor(readonly command: PublishCommand) {
    super();
  }
}

const listOf = (book: PriceBook): readonly Listed[] => [...priceList(book), ...aliasList(book)];

const isOf = (book: PriceBook, modelId: string | undefined) => {
  if (modelId === undefined) return () => true;
  const exact = exactModel(modelId);
  const names: readonly (string | null)[] = [exact, undatedModel(exact)];
  return (price: Listed): boolean =>
    names.includes(price.model) ||
    ('alias' in price && capturedBy(price.alias, exact) !== undefined) ||
    book.mayUse(modelId, price.priceVersion);
};

/** In the order of the list; a price that is published while somebody turns the pages does not move the others. */
const keyOf = (price: Listed, publication: number): string => {
  const subject = 'alias' in price ? ['1', price.alias] : ['0', price.model ?? ''];
  return [...subject, price.from ?? '', String(publication).padStart(9, '0')].join('\0');
};

const keyed = (book: PriceBook, model: string | undefined): PricesInUse['prices'] => {
  const place = new Map(
    [...book.versions(), ...book.aliases()].map(({ priceVersion }, order) => [priceVersion, order]),
  );
  return listOf(book)
    .filter(isOf(book, model))
    .map((price) => ({ price, key: keyOf(price, place.get(price.priceVersion) ?? 0) }));
};

export const pricesQueryHandlers = [
  answeredBy(ListPrices, [PricesView, OrganisationView, Fold], ({ model, nowMs }, { book }, organisation, fold) => {
    const { currency } = organisation.organisation();
    const ageDays = builtInAgeDays(nowMs);
    const outOfDate = currency === builtInCurrency && ageDays > maxBuiltInAgeDays;
    const builtIn = { edition: book.edition, comparedOn: builtInAsOf, ageDays, outOfDate };
    return { prices: keyed(book, model), currency, builtIn, asOf: asOf(fold, nowMs) };
  }),
  answeredBy(GetPublication, [PricesView], ({ command }, { book }) => {
    const version = publishedAs(command, book.publications())?.data.priceVersion;
    const published = listOf(book).find(({ priceVersion }) => priceVersion === version);
    if (published === undefined) throw new Error('a price was published, but no view knows it');
    return published;
  }),
];
