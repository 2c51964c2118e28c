import { Cells } from './cells.js';
import { decodeCells, encodeCells } from './cells.codec.js';
import type { CountedRows } from './counted-rows.js';

/**
 * Spend of pairs of names in one bucket (a day or a month): what was spent, and the part of it that was rated without
 * a known price. The second table has a cell only for pairs with such records.
 */
export class Page {
  readonly spent: Cells;
  unpriced: Cells | undefined;

  constructor(spent = new Cells(), unpriced?: Cells) {
    this.spent = spent;
    this.unpriced = unpriced;
  }

  get bytes(): number {
    return this.spent.bytes + (this.unpriced?.bytes ?? 0);
  }

  add(first: number, second: number, micros: number, records: number, isUnpriced: boolean): void {
    this.spent.add(first, second, micros, records);
    if (isUnpriced) this.unpricedCells().add(first, second, micros, records);
  }

  /** Adds the rows `[from, to)`, each to the cell of its group and its name in `others`. */
  addRows(rows: CountedRows, others: Uint32Array, from: number, to: number): void {
    const { groups, micros, unpriced } = rows;
    const spent = this.spent;
    for (let row = from; row < to; row++) {
      spent.add(groups[row], others[row], micros[row], 1);
      if (unpriced[row] !== 0) this.unpricedCells().add(groups[row], others[row], micros[row], 1);
    }
  }

  unpricedCells(): Cells {
    return (this.unpriced ??= new Cells(this.spent.salt));
  }

  isLoose(): boolean {
    return this.spent.isLoose();
  }

  /** An equal page of its own, trimmed or with as much room for more. */
  copy(trimmed: boolean): Page {
    return new Page(this.spent.copy(trimmed), this.unpriced?.copy(trimmed));
  }
}

/** The page as bytes: its entries, without the free slots. */
export const encodePage = (page: Page): Uint8Array =>
  encodeCells([page.spent, page.spent.carries, page.unpriced, page.unpriced?.carries]);

/** @throws Error if the bytes are not those of a page */
export const decodePage = (bytes: Uint8Array): Page => {
  const [spent = new Cells(), spentCarries, unpriced, unpricedCarries] = decodeCells(bytes);
  spent.carries = spentCarries;
  if (unpriced !== undefined) unpriced.carries = unpricedCarries;
  return new Page(spent, unpriced);
};
