import { LogFailure } from '#event-sourcing/ports/event-log.js';

/** @param cause what the last attempt met */
export const unavailable = (cause: unknown): LogFailure =>
  new LogFailure(
    'unavailable',
    'The event store did not answer in time; an append may be stored or not. See that the event store is up and can be reached.',
    { cause },
  );

/** An event is there, and the subscription has not brought it. */
export const notSeen = (cause: unknown): LogFailure =>
  new LogFailure(
    'unavailable',
    'The event store has told of an event and has not shown it in $all in time; an append may be made again.',
    { cause },
  );

/** From a node that does not know yet that it leads no more, or from a store that was restored: a start tells them apart. */
export const endsEarly = (stream: string): LogFailure =>
  new LogFailure(
    'unavailable',
    `The event store has less of "${stream}" than was read from it. If it was restored from a backup, stop every process and start them again; if not, the same append may be made again.`,
  );

/** What an operator is told while there is no subscription. */
export const reachDetail = (cause: unknown): string => {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return `The event store cannot be reached${why}. It is tried again all the time: see that it is up.`;
};
