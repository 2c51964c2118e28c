import type { MeteredColumns } from '#metering/domain/metering.events.js';

/** The groups that an event charges: few, many times each. A record that does not count creates none. */
export const groupsIn = (
  { words, groupId }: MeteredColumns,
  uncounted: readonly number[] | undefined,
): readonly string[] => {
  const left = new Set(uncounted);
  const places = new Set<number>();
  let last = 0;
  for (let row = 0; row < groupId.length; row++) {
    if (groupId[row] === last || left.has(row)) continue;
    last = groupId[row];
    places.add(last);
  }
  return [...places].map((place) => words[place]);
};
