import { isOrganisationEvent } from '#organisation/domain/organisation.events.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { priceBook } from './price-book.js';
import { isPricesEvent, isPublication, pricesEventTypes } from './prices.events.js';
import { publication } from './prices.slots.js';
import { announced, factOf } from './publications.js';

/** The price book, as the log says it. */
export class PricesView extends View {
  readonly name = 'prices';
  readonly handles = [...pricesEventTypes, 'CurrencyChosen'];
  readonly book = priceBook();

  apply(event: StoredEvent, at: FoldContext): void {
    if (isPricesEvent(event)) {
      const fact = factOf(event);
      this.book.apply(fact);
      at.put(publication, isPublication(fact) ? announced(fact) : undefined);
    } else if (isOrganisationEvent(event) && event.type === 'CurrencyChosen') {
      this.book.useCurrency(event.data.currency);
    }
  }

  save = (): object => this.book.save();

  load(saved: object): void {
    this.book.load(saved);
  }
}
