import { setTimeout } from 'node:timers/promises';
import type { Append, ProposedEvent } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';

/** An event whose id follows from where it comes from, its place there, and its text. */
export const proposed = (cause: string, index: number, text = 'something happened'): ProposedEvent =>
  proposeEvent(
    cause,
    index,
    { type: 'SomethingHappened', data: { text } },
    { commandId: cause, now: '2026-11-21T10:00:00.000Z', actor: 'system:test', reason: '' },
  );

/** An append of `count` events; the same cause gives the same events. */
export const appendOf = (
  stream: string,
  expectedRevision: number,
  count: number,
  cause = stream,
  text?: string,
): Append => ({
  stream,
  expectedRevision,
  events: Array.from({ length: count }, (_, index) => proposed(cause, expectedRevision + 1 + index, text)),
});

/** Waits for a condition that must become true, and gives up after ten seconds or more. */
export const until = async (condition: () => boolean): Promise<void> => {
  for (let turn = 0; !condition(); turn++) {
    if (turn === 10_000) throw new Error('What must happen did not happen');
    await setTimeout(1);
  }
};
