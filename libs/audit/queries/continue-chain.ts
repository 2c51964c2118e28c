import { createHash } from 'node:crypto';
import { nextLink } from '../domain/chain.js';
import type { EventLog } from '#event-sourcing/ports/event-log.js';
import { TimeSlice } from '#event-sourcing/turns.js';

/** How far a chain has come: the link at a position. */
export interface Link {
  readonly position: number;
  readonly hash: string;
}

/** Adds the events after a link to the chain, up to a position and at most so many, and gives way to others meanwhile. */
export const continueChain = async (
  log: EventLog,
  from: Link,
  upTo: number,
  atMost: number,
): Promise<Link & { readonly events: number }> => {
  let { position, hash } = from;
  let events = 0;
  const work = new TimeSlice();
  while (position < upTo && events < atMost) {
    // One at a time: each may hold hundreds of records.
    const [event] = await log.readAll(position, 1);
    ({ position } = event);
    hash = nextLink(hash, event, sha256);
    events++;
    if (work.isDue()) await work.giveWay();
  }
  return { position, hash, events };
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
