import { Slot } from '#event-sourcing/fold-context.js';

/** What a re-rating needs to know of a publication. */
export interface Announced {
  readonly priceVersion: string;
  /** The model or the alias it is about; empty for the fallback, which concerns every model. */
  readonly model: string;
  /** Milliseconds since 1970; 0 if it always applied. */
  readonly fromMs: number;
}

/** What an event of the stream `prices` has published; undefined if it publishes nothing. */
export const publication = new Slot<Announced | undefined>('publication');
