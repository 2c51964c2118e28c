/** An object with a value for each name, in the order of the names. */
export const recordOf = <N extends string, T>(
  names: readonly N[],
  valueOf: (name: N, place: number) => T,
): Record<N, T> => {
  const made: Partial<Record<N, T>> = {};
  names.forEach((name, place) => (made[name] = valueOf(name, place)));
  if (!isWhole(made, names)) throw new TypeError(`no value for one of ${names.join(', ')}`);
  return made;
};

const isWhole = <N extends string, T>(made: Partial<Record<N, T>>, names: readonly N[]): made is Record<N, T> =>
  names.every((name) => Object.hasOwn(made, name));
