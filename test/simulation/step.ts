import type fc from 'fast-check';
import type { Room } from './fan-out-room.js';

/** What the service keeps is compared with plain lists after each step; there is no other model. */
export type Step = fc.AsyncCommand<object, Room>;

export const step = (name: string, data: object, take: (room: Room) => Promise<void>): Step => ({
  check: () => true,
  run: async (_model, room) => {
    await take(room);
    room.compare();
  },
  toString: () => `${name}(${JSON.stringify(data)})`,
});

/** One of those there are, if there are any. */
export const pick = <T>(list: readonly T[], place: number): T | undefined =>
  list.length === 0 ? undefined : list[place % list.length];
