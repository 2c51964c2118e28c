import { NameDictionary } from './name-dictionary.js';

/**
 * Merges the ids of one model into a row, for one answer: spend is kept under the ids as they were sent, and which of
 * them are one model is for the price book to say. Rows have numbers of their own; 0 is the row of no model.
 */
export class ModelRows {
  readonly #rows = new NameDictionary();
  readonly #rowOf = new Map<number, number>();
  readonly #names: NameDictionary;
  readonly #modelOf: (modelId: string) => string;

  constructor(names: NameDictionary, modelOf: (modelId: string) => string) {
    this.#names = names;
    this.#modelOf = modelOf;
  }

  /** The row of an id, by its number among all names. */
  rowOf(name: number): number {
    let row = this.#rowOf.get(name);
    if (row === undefined) this.#rowOf.set(name, (row = this.find(this.#names.textOf(name))));
    return row;
  }

  /** The row of an id in any spelling. */
  find(modelId: string): number {
    return this.#rows.numberOf(this.#modelOf(modelId));
  }

  textOf(row: number): string {
    return this.#rows.textOf(row);
  }
}
