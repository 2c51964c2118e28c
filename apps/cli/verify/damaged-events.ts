import { LogFailure, type EventLog, type StoredEvent } from '#event-sourcing/ports/event-log.js';
import type { Findings } from './findings.js';

/** An event that is there and cannot be read, in the log's own words. */
export interface DamagedEvent {
  readonly position: number;
  readonly damage: string;
}

export const isDamaged = (event: StoredEvent | DamagedEvent): event is DamagedEvent => 'damage' in event;

/** What the log says of damage; any other error is thrown on. */
export const damageIn = (error: unknown): string => {
  if (error instanceof LogFailure && error.code === 'damaged') return error.detail;
  throw error;
};

type Ends = ReadonlyMap<string, { readonly revision: number; readonly position: number }>;

/**
 * Which place in which stream a damaged event had, by what is missing there: known when nothing else fits, which of one
 * damaged event it nearly always does.
 */
export const createDamagedEvents = () => {
  const damages = new Map<number, string>();
  const places = new Map<number, string>();

  const between = (after: number, before: number): readonly number[] =>
    [...damages.keys()].filter((position) => position > after && position < before);

  const nameIfOnly = (positions: readonly number[], stream: string, revision: number): void => {
    const [only, ...others] = positions.filter((position) => !places.has(position));
    if (others.length === 0) places.set(only, `revision ${String(revision)} of ${stream}`);
  };

  return {
    add({ position, damage }: DamagedEvent): void {
      damages.set(position, damage);
    },

    /** Whether events of a stream that are missing between two positions may be damaged ones. */
    explain(stream: string, revision: number, missing: number, after: number, before: number): boolean {
      const candidates = between(after, before);
      if (candidates.length < missing) return false;
      if (missing === 1) nameIfOnly(candidates, stream, revision);
      return true;
    },

    /** Position of the first. */
    first: (): number | undefined => damages.keys().next().value,

    /** Names each, also one that was the last of its stream. */
    async tell(log: EventLog, ends: Ends, findings: Findings): Promise<void> {
      for (const [stream, { revision, position }] of ends) {
        const candidates = between(position, Infinity).filter((candidate) => !places.has(candidate));
        if (candidates.length === 0) continue;
        try {
          await log.read(stream, revision + 1, 1);
        } catch (error) {
          damageIn(error);
          nameIfOnly(candidates, stream, revision + 1);
        }
      }
      for (const [position, damage] of damages) {
        const place = places.get(position);
        findings.of('damagedEvent').add(place === undefined ? damage : `${damage} It is ${place}.`);
      }
    },
  };
};
export type DamagedEvents = ReturnType<typeof createDamagedEvents>;
