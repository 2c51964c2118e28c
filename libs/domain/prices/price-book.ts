import { z } from 'zod';
import { builtInCurrency, builtInPrices } from './built-in-prices.js';
import { modelName } from './model-name.js';
import {
  builtInVersion,
  inForceAt,
  ownVersion,
  type PriceVersion,
  type Timeline,
  timelineOf,
} from './price-version.js';
import { pricesEvent, type PricesEvent } from './prices.events.js';

/** Every price there is: the built-in ones if the organisation's currency is theirs, and what the operator published. */
export interface PriceBook {
  /** How many prices the operator has published. */
  readonly published: number;
  /** Takes in an event of the stream `prices`, in its order. */
  apply(event: PricesEvent): void;
  /** Says which currency the organisation counts in; with another than USD the built-in prices are off. */
  useCurrency(currency: string): void;
  /**
   * The price of a model, by its id as the sender wrote it, at an instant in milliseconds since 1970. Nothing if no
   * price is known or none has begun. Runs once per record and makes no object.
   */
  lookup(modelId: string, occurredAtMs: number): PriceVersion | undefined;
  /** The price of usage that `lookup` knows no price for. */
  fallback(occurredAtMs: number): PriceVersion | undefined;
  /** Everything ever published, in order, after the built-in prices. */
  versions(): readonly PriceVersion[];
  /** JSON-native, for a snapshot. */
  save(): object;
  /** Replaces everything by what `save` gave. Throws when it is something else. */
  load(saved: unknown): void;
}

/** Ids are what senders write, and there may be any number: beyond this the book forgets those it has looked up. */
const rememberedModels = 10_000;

const builtIn: readonly PriceVersion[] = builtInPrices.map(builtInVersion);

const savedPriceBook = z.strictObject({ currency: z.string(), events: z.array(pricesEvent) });

/** An empty book: USD and the built-in prices, until events say otherwise. */
export const priceBook = (): PriceBook => {
  let currency = builtInCurrency;
  let events: readonly PricesEvent[] = [];
  let versions = builtIn;
  // Both are made from `versions`: these when a model is asked for, the fallback's at once.
  const timelines = new Map<string, Timeline>();
  let fallbacks = timelineFor(versions, null);

  const holds = (changed: readonly PriceVersion[]): void => {
    versions = changed;
    fallbacks = timelineFor(versions, null);
    timelines.clear();
  };
  const everything = (): readonly PriceVersion[] => [
    ...(currency === builtInCurrency ? builtIn : []),
    ...events.map(ownVersion),
  ];

  const timeline = (modelId: string): Timeline => {
    if (timelines.size >= rememberedModels) timelines.clear();
    const made = timelineFor(versions, modelName(modelId));
    timelines.set(modelId, made);
    return made;
  };

  return {
    get published() {
      return events.length;
    },
    apply(event) {
      events = [...events, event];
      holds([...versions, ownVersion(event)]);
    },
    useCurrency(chosen) {
      currency = chosen;
      holds(everything());
    },
    lookup: (modelId, occurredAtMs) => inForceAt(timelines.get(modelId) ?? timeline(modelId), occurredAtMs),
    fallback: (occurredAtMs) => inForceAt(fallbacks, occurredAtMs),
    versions: () => versions,
    save: () => ({ currency, events: [...events] }),
    load(saved) {
      ({ currency, events } = savedPriceBook.parse(saved));
      holds(everything());
    },
  };
};

const timelineFor = (versions: readonly PriceVersion[], model: string | null): Timeline =>
  timelineOf(versions.filter((version) => version.model === model));
