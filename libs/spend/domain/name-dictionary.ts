/**
 * Dictionary encoding: names as small integers, one table for all dimensions. Number 0 is the empty name. Append-only:
 * a name keeps its number for ever, so that stored pages can refer to it. Saved in blocks, of which only the last ones
 * change.
 */
export class NameDictionary {
  readonly #numbers = new Map<string, number>([['', 0]]);
  readonly #texts: string[] = [''];

  get size(): number {
    return this.#texts.length;
  }

  /** The number of a name, a new one if the name is new. */
  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.length;
    const own = copied(text);
    this.#numbers.set(own, number);
    this.#texts.push(own);
    return number;
  }

  /** The number of a name that may never have been seen. */
  find(text: string): number | undefined {
    return this.#numbers.get(text);
  }

  textOf(number: number): string {
    return this.#texts[number];
  }

  /** The names of one block that are below `end`. */
  encodeBlock(block: number, end: number): Uint8Array {
    const from = block * namesPerBlock;
    const texts = this.#texts.slice(from, Math.min(end, from + namesPerBlock));
    return new TextEncoder().encode(JSON.stringify(texts));
  }

  /** Appends a block that `encodeBlock` made; blocks come in order, into a table that is new. */
  decodeBlock(bytes: Uint8Array): void {
    const texts: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!Array.isArray(texts)) throw new Error('a block of names is not a list');
    for (const text of texts) this.numberOf(String(text));
  }
}

export const namesPerBlock = 4096;

/** A text that came out of a decoded event may hold on to all of it: a name that stays gets characters of its own. */
const copied = (text: string): string => String(JSON.parse(JSON.stringify(text)));
