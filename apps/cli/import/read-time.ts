import { parseInstant } from '#kernel/instants.js';
import type { InstantFault } from '#kernel/instants.js';
import type { WallClock } from './wall-clock.js';

// What programs write: 2023-11-16T18:17:03.979Z, 2023-11-16 18:17:03.9799600, 2023-11-16 18:17:03+00, ... 18:17 UTC.
const written = /^(\d{4}-\d\d-\d\d)[ Tt](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?$/;

/**
 * Reads a time as milliseconds since 1970. Digits finer than a millisecond are cut off.
 *
 * @param wall the clock that a time without zone was read from; without it such a time is a fault
 */
export const readTime = (text: string, wall: WallClock | undefined): number | InstantFault => {
  const match = written.exec(text);
  if (match === null) return 'notATime';
  const [, day, time, zone = ''] = match;
  if (zone !== '') return parseInstant(`${day}T${time}${isoZone(zone)}`);
  const readingMs = parseInstant(`${day}T${time}Z`);
  if (typeof readingMs !== 'number') return readingMs;
  return wall === undefined ? 'timeWithoutZone' : wall.instantOf(readingMs);
};

const isoZone = (zone: string): string => {
  if (zone === 'UTC') return 'Z';
  return zone.length === 3 ? `${zone}:00` : zone;
};
