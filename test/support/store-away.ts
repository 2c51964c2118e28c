import { type EventLog, LogFailure } from '#event-sourcing/ports/event-log.js';

const noAnswer = (): Promise<never> => Promise.reject(new LogFailure('unavailable', 'The store did not answer.'));

/**
 * Takes the store away from under a service: nothing can be stored or learned, and what it knows can be read. Answers
 * how to give it back.
 */
export const takeStoreAway = (log: EventLog): (() => void) => {
  const away = {
    append: noAnswer,
    appendMany: noAnswer,
    latest: noAnswer,
    outOfReach: () => ({ forMs: 5_000, detail: 'The store cannot be reached: see that it is up.' }),
  };
  const { isShared } = log;
  Object.assign(log, away, { isShared: true });
  return () => {
    for (const name of Object.keys(away)) Reflect.deleteProperty(log, name);
    Object.assign(log, { isShared });
  };
};
