/**
 * A text with half a surrogate pair in a JSON-native value, its keys included; undefined if every text is well-formed.
 * Such a text has no form in UTF-8: whatever stores it stores another one. Goes as deep as the value does, without
 * recursion.
 */
export const illFormedText = (value: unknown): string | undefined => {
  const waiting: object[] = [];
  const look = (each: unknown): string | undefined => {
    if (typeof each === 'string') return each.isWellFormed() ? undefined : each;
    if (typeof each === 'object' && each !== null && !ArrayBuffer.isView(each)) waiting.push(each);
    return undefined;
  };
  let found = look(value);
  for (let next = waiting.pop(); found === undefined && next !== undefined; next = waiting.pop()) {
    found = firstOf(Array.isArray(next) ? next : Object.entries(next).flat(), look);
  }
  return found;
};

const firstOf = (values: readonly unknown[], look: (value: unknown) => string | undefined): string | undefined => {
  for (const value of values) {
    const found = look(value);
    if (found !== undefined) return found;
  }
  return undefined;
};
