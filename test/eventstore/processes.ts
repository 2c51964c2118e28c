import { EventStoreEventLog } from '#event-log-eventstore/event-log.js';
import type { RetryPolicy } from '#event-log-eventstore/settings.js';
import type { RecordStore } from '#event-sourcing/record-log/record-store.js';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { type EventLog, LogFailure, type StoredEvent } from '#event-sourcing/ports/event-log.js';
import { StandIn } from './stand-in.js';

/** Tries again soon, and never gives up: a machine that stands still for seconds changes no outcome. */
export const impatient: RetryPolicy = {
  attemptMs: 150,
  giveUpMs: 60_000,
  startMs: 60_000,
  backoff: { firstMs: 2, longestMs: 40 },
};

/** Gives up soon. On a machine that stands still it may have to be asked again. */
export const givingUp: RetryPolicy = { ...impatient, giveUpMs: 1_000 };

/** Takes any answer, however late: each append is sent once. */
export const unhurried: RetryPolicy = { ...impatient, attemptMs: 60_000 };

/** Asks again as long as there was no answer in time. */
export const untilAvailable = async <T>(ask: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof LogFailure) || error.code !== 'unavailable') throw error;
    }
  }
};

/** A stand-in for an event store, and logs on it as several processes have them. */
export interface Processes {
  readonly standIn: StandIn;
  /** One more process; its copy is empty and in memory unless one is given, and it does not give up. */
  readonly open: (copy?: RecordStore, patience?: RetryPolicy, connectionString?: string) => Promise<EventLog>;
}

export const namespaceUnderTest = 'test';

/** Runs a test on a stand-in and closes what it has opened. */
export const withProcesses = async (test: (processes: Processes) => Promise<void>): Promise<void> => {
  const standIn = await StandIn.start();
  const logs: EventLog[] = [];
  const open: Processes['open'] = async (
    copy = new MemoryRecords(),
    retryPolicy = impatient,
    connectionString = standIn.connectionString,
  ) => {
    const log = await EventStoreEventLog.open({ connectionString, namespace: namespaceUnderTest, copy, retryPolicy });
    logs.push(log);
    return log;
  };
  try {
    await test({ standIn, open });
  } finally {
    await Promise.all(logs.map((log) => log.close()));
    await standIn.stop();
  }
};

/** Everything in a log, in order. */
export const everythingIn = (log: EventLog): Promise<readonly StoredEvent[]> => log.readAll(0, Number.MAX_SAFE_INTEGER);
