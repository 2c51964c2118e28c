import { type KeptView, materialisedViews } from './spend.dimensions.js';

/**
 * Numbers the kept views, by which pages are addressed in memory: those of the fixed dimensions first, then one for each
 * label whose pages have come.
 */
export class ViewPlaces {
  readonly #views: KeptView[] = [...materialisedViews];

  /** -1 if there are no pages of it. */
  placeOf(view: KeptView): number {
    return this.#views.indexOf(view);
  }

  /** The place of a view, a new one if its pages are the first. */
  placeFor(view: KeptView): number {
    const place = this.placeOf(view);
    return place >= 0 ? place : this.#views.push(view) - 1;
  }

  viewAt(place: number): KeptView {
    return this.#views[place];
  }
}
