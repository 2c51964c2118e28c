/**
 * Effective dating: A setting that changes with effect from a day. Days are `yyyy-MM-dd`, so that their texts sort as
 * they do.
 */
export interface Dated<T> {
  readonly initially: T;
  /** Earliest first, one for each `from`; a value holds until the next. */
  readonly choices: readonly { readonly from: string; readonly value: T }[];
}

/** What holds on the day. */
export const valueOn = <T>(setting: Dated<T>, day: string): T => {
  const choice = setting.choices.findLast(({ from }) => from <= day);
  return choice === undefined ? setting.initially : choice.value;
};

/**
 * The setting with one more choice in its place: later ones stay, one from the same day is replaced. The very same
 * object if that is what holds on the day anyway.
 *
 * @param value JSON-native, its fields always in the same order
 */
export const chosenFrom = <T>(setting: Dated<T>, from: string, value: T): Dated<T> => {
  if (JSON.stringify(valueOn(setting, from)) === JSON.stringify(value)) return setting;
  const earlier = setting.choices.filter((choice) => choice.from < from);
  const later = setting.choices.filter((choice) => choice.from > from);
  return { ...setting, choices: [...earlier, { from, value }, ...later] };
};
