/** Of so many values of a key spend is kept by name in a month: the first ones in the log. */
export const maxLabelValues = 10_000;

/** What the others count as. */
const otherLabels = '(other)';

/** How values are written in the cells: as texts, or as their numbers. */
interface Names<Value> {
  /** Undefined for one that was never given a number. */
  find(text: string): Value | undefined;
  numberOf(text: string): Value;
}

/**
 * Says under which name the value of a label counts. That stays so: a value that was once counted by name, or once was
 * not, is met again when its record is corrected. One that is `(other)` itself takes no place, and one that is not named
 * gets no number.
 */
export class LabelValues<Month, Value> {
  /** The month that was asked about last comes last. */
  readonly #named = new Map<Month, Set<Value>>();
  #last: { readonly month: Month; readonly named: Set<Value> } | undefined;

  /**
   * @param before the values that were counted by name or as `(other)` in a month of a key, as far as the log was folded
   *   before; asked when the month is not at hand
   * @param atHand of how many months the values are kept at hand
   */
  constructor(
    private readonly before: (month: Month) => Iterable<Value>,
    private readonly names: Names<Value>,
    private readonly atHand = Infinity,
  ) {}

  /** @param month of a key */
  counted(month: Month, text: string): Value {
    const named = this.#namedIn(month);
    const known = this.names.find(text);
    if (known !== undefined && named.has(known)) return known;
    if (text === otherLabels || named.size >= maxLabelValues) return this.names.numberOf(otherLabels);
    const value = this.names.numberOf(text);
    named.add(value);
    return value;
  }

  #namedIn(month: Month): Set<Value> {
    if (this.#last?.month === month) return this.#last.named;
    const named = this.#named.get(month) ?? this.#namedBefore(month);
    this.#named.delete(month);
    this.#named.set(month, named);
    const [oldest] = this.#named.keys();
    if (this.#named.size > this.atHand) this.#named.delete(oldest);
    this.#last = { month, named };
    return named;
  }

  #namedBefore(month: Month): Set<Value> {
    const named = new Set(this.before(month));
    const other = this.names.find(otherLabels);
    if (other !== undefined) named.delete(other);
    return named;
  }
}
