import { unreachable } from '#kernel/decider.js';
import { fromMsOf } from './price-version.js';
import type { PricesEvent, Publication } from './prices.events.js';
import type { Announced } from './prices.slots.js';

export const announced = (event: Publication): Announced => ({
  priceVersion: event.data.priceVersion,
  model: modelIn(event),
  fromMs: Math.max(fromMsOf(event.data.from), 0),
});

const modelIn = (event: Publication): string => {
  switch (event.type) {
    case 'PricePublished':
      return event.data.model;
    case 'PriceAliasPublished':
      return event.data.alias;
    case 'FallbackPricePublished':
      return '';
    default:
      return unreachable(event);
  }
};

/** The fact alone: the price book keeps what it is given, and its snapshot holds nothing of the log. */
export const factOf = (event: PricesEvent): PricesEvent => {
  switch (event.type) {
    case 'PricePublished':
      return { type: event.type, data: event.data };
    case 'FallbackPricePublished':
      return { type: event.type, data: event.data };
    case 'PriceAliasPublished':
      return { type: event.type, data: event.data };
    case 'BuiltInPricesAdopted':
      return { type: event.type, data: event.data };
    default:
      return unreachable(event);
  }
};
