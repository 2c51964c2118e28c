import { z } from 'zod';
import type { StoredEvent } from '#ports/event-log.js';

const savedPositions = z.strictObject({ positions: z.array(z.int().positive()) });

/** Where in the log every event stands that is not metering, in order: one number for each. */
export const auditPositions = () => {
  let positions: number[] = [];

  /** How many positions are below this one. */
  const countBelow = (position: number): number => {
    let [low, high] = [0, positions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (positions[middle] < position) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    apply({ position }: Pick<StoredEvent, 'position'>): void {
      positions.push(position);
    },

    /** All between the two, both left out, the latest first. What comes while it is walked is not among them. */
    *descending(after: number, before: number): Generator<number> {
      const first = countBelow(after + 1);
      for (let place = countBelow(before) - 1; place >= first; place--) yield positions[place];
    },

    /** The same, the earliest first. */
    *ascending(after: number, before: number): Generator<number> {
      const end = countBelow(before);
      for (let place = countBelow(after + 1); place < end; place++) yield positions[place];
    },

    has: (position: number): boolean => positions[countBelow(position)] === position,

    save: () => ({ positions: [...positions] }),
    load(saved: object): void {
      ({ positions } = savedPositions.parse(saved));
    },
  };
};
