import { z } from 'zod';
import { builtInCurrency, builtInPricesOf, builtInWebSearchMicros } from './built-in-prices.js';
import { type LookUp, lookUpOf, tablesOf } from './look-up.js';
import { exactModel, undatedModel } from './model-name.js';
import { aliasOf, capturedBy, isRatedBy, type PriceAlias } from './price-alias.js';
import {
  builtInVersion,
  inForceAt,
  ownVersion,
  type PriceVersion,
  type Timeline,
  timelineOf,
} from './price-version.js';
import { isPublication, pricesEvent, type PricesEvent, type Publication } from './prices.events.js';

/** Every price there is: the built-in ones if the organisation's currency is theirs, and what the operator published. */
export interface PriceBook {
  /** How many prices and aliases the operator has published. */
  readonly published: number;
  /** The edition of the built-in list that rates. */
  readonly edition: number;
  /** Takes in an event of the stream `prices`, in its order. */
  apply(event: PricesEvent): void;
  /** Says which currency the organisation counts in; with another than USD the built-in prices are off. */
  useCurrency(currency: string): void;
  /**
   * The price of a model, by its id as the sender wrote it, at an instant in milliseconds since 1970: the first in the
   * order of look-up that is in force and has a price for what was used. Nothing if there is none. Runs once per record
   * and makes no object.
   */
  lookup(modelId: string, occurredAtMs: number, isFast?: boolean, searchesWeb?: boolean): PriceVersion | undefined;
  /** The price of usage that `lookup` knows no price for. */
  fallback(occurredAtMs: number, isFast?: boolean, searchesWeb?: boolean): PriceVersion | undefined;
  /** Whether usage of the model may be rated by this publication, at any time. */
  mayUse(modelId: string, published: string): boolean;
  /** What `modelOf` says as of now, whatever is published later. */
  naming(): ModelNaming;
  /** Every price, the built-in ones first, then what was published, in its order. */
  versions(): readonly PriceVersion[];
  aliases(): readonly PriceAlias[];
  /** What the operator published, in its order. */
  publications(): readonly Publication[];
  /** JSON-native, for a snapshot. */
  save(): object;
  /** Replaces everything by what `save` gave. Throws when it is something else. */
  load(saved: unknown): void;
}

/**
 * The model that an id names, so that all of its ids are one row: the one whose price the look-up finds in the end,
 * else the id without its date; the id itself, where that one would name another model. A name names itself.
 */
export type ModelNaming = (modelId: string) => string;

/** Ids are what senders write, and there may be any number: beyond this the book forgets those it has looked up. */
const rememberedModels = 10_000;

const savedPriceBook = z.strictObject({ currency: z.string(), events: z.array(pricesEvent) });

/** An empty book: USD and the first edition of the built-in prices, until events say otherwise. */
export const priceBook = (): PriceBook => {
  let currency = builtInCurrency;
  let events: readonly PricesEvent[] = [];
  let page = pageOf(currency, events);

  return {
    get published() {
      return page.publications.length;
    },
    get edition() {
      return page.edition;
    },
    apply(event) {
      events = [...events, event];
      page = pageOf(currency, events);
    },
    useCurrency(chosen) {
      currency = chosen;
      page = pageOf(currency, events);
    },
    lookup: (modelId, ms, isFast, searchesWeb) => firstInForce(page.lookUp(modelId), ms, isFast, searchesWeb),
    fallback: (ms, isFast, searchesWeb) => firstInForce(page.fallbacks, ms, isFast, searchesWeb),
    mayUse: (modelId, published) =>
      page
        .lookUp(modelId)
        .some(({ timeline }) => timeline.some(({ priceVersion }) => isRatedBy(priceVersion, published))) ||
      page.aliases.some(
        ({ alias, priceVersion }) => priceVersion === published && capturedBy(alias, exactModel(modelId)) !== undefined,
      ),
    naming: () => page.modelOf,
    versions: () => page.versions,
    aliases: () => page.aliases,
    publications: () => page.publications,
    save: () => ({ currency, events: [...events] }),
    load(saved) {
      ({ currency, events } = savedPriceBook.parse(saved));
      page = pageOf(currency, events);
    },
  };
};

/** The book between two publications: nothing in it changes but what it remembers. */
const pageOf = (currency: string, events: readonly PricesEvent[]) => {
  const publications = events.filter(isPublication);
  const edition = editionAfter(events);
  const isListed = currency === builtInCurrency;
  const versions = [
    ...(isListed ? builtInPricesOf(edition).map(builtInVersion) : []),
    ...publications.flatMap((event) =>
      event.type === 'PriceAliasPublished' ? [] : withWebSearch(ownVersion(event), isListed),
    ),
  ];
  const aliases = publications.flatMap((event) => (event.type === 'PriceAliasPublished' ? [aliasOf(event)] : []));
  const tables = tablesOf(versions, aliases);
  const lookUp = remembering((modelId) => lookUpOf(tables, modelId));
  const fallbacks = (['own', 'builtIn'] as const).map((origin) => ({
    fromMs: -Infinity,
    untilMs: Infinity,
    timeline: timelineOf(versions.filter((version) => version.model === null && version.origin === origin)),
  }));
  const priceNames = remembering((modelId) => lastModelOf(lookUp(modelId)) ?? undatedModel(exactModel(modelId)));
  // A row is asked for by its name: what would itself be found under another name is none.
  const modelOf = remembering((modelId) => {
    const name = priceNames(modelId);
    return priceNames(name) === name ? name : exactModel(modelId);
  });
  return { publications, edition, versions, aliases, lookUp, fallbacks, modelOf };
};

const editionAfter = (events: readonly PricesEvent[]): number =>
  events.reduce((edition, { type, data }) => (type === 'BuiltInPricesAdopted' ? data.edition : edition), 1);

const withWebSearch = (version: PriceVersion, isListed: boolean): PriceVersion =>
  version.webSearchMicros === undefined && isListed ? { ...version, webSearchMicros: builtInWebSearchMicros } : version;

const firstInForce = (steps: LookUp, ms: number, isFast = false, searchesWeb = false): PriceVersion | undefined => {
  for (const { fromMs, untilMs, timeline } of steps) {
    if (ms < fromMs || ms >= untilMs) continue;
    const version = inForceAt(timeline, ms);
    if (version === undefined) continue;
    if (isFast && version.fast === undefined) continue;
    if (searchesWeb && version.webSearchMicros === undefined) continue;
    return version;
  }
  return undefined;
};

/** When every price has begun. */
const lastModelOf = (steps: LookUp): string | undefined =>
  lastOf(steps.find(({ untilMs, timeline }) => untilMs === Infinity && timeline.length > 0)?.timeline)?.model ??
  undefined;

const lastOf = (timeline: Timeline | undefined): PriceVersion | undefined => timeline?.at(-1);

const remembering = <T>(work: (modelId: string) => T): ((modelId: string) => T) => {
  const known = new Map<string, T>();
  return (modelId) => {
    let result = known.get(modelId);
    if (result === undefined) {
      if (known.size >= rememberedModels) known.clear();
      known.set(modelId, (result = work(modelId)));
    }
    return result;
  };
};
