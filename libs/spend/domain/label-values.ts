/** Of so many values of a key spend is kept by name in a month: the first ones in the log. */
export const maxLabelValues = 10_000;

/** What the others count as. */
export const otherLabels = '(other)';

/**
 * Says under which name the value of a label counts. That stays so: a value that was once counted by name, or once was
 * not, is met again when its record is corrected. One that is `(other)` itself takes no place.
 */
export class LabelValues<Month, Value> {
  readonly #named = new Map<Month, Set<Value>>();

  /**
   * @param before the values that were counted by name or as `(other)` in a month of a key, as far as the log was folded
   *   before; asked when the month is not at hand
   * @param other how `(other)` is written
   * @param atHand of how many months the values are kept at hand
   */
  constructor(
    private readonly before: (month: Month) => Iterable<Value>,
    private readonly other: () => Value,
    private readonly atHand = Infinity,
  ) {}

  /** @param month of a key */
  counted(month: Month, value: Value): Value {
    const named = this.#namedIn(month);
    if (named.has(value)) return value;
    const other = this.other();
    if (value === other || named.size >= maxLabelValues) return other;
    named.add(value);
    return value;
  }

  #namedIn(month: Month): Set<Value> {
    let named = this.#named.get(month);
    if (named === undefined) {
      named = new Set(this.before(month));
      named.delete(this.other());
      this.#named.set(month, named);
      const [oldest] = this.#named.keys();
      if (this.#named.size > this.atHand) this.#named.delete(oldest);
    }
    return named;
  }
}
