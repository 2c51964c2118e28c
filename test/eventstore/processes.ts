import { EventStoreEventLog } from '#adapters/eventstore/event-log.js';
import type { Patience } from '#adapters/eventstore/settings.js';
import type { RecordStore } from '#adapters/log/record-store.js';
import { MemoryRecords } from '#adapters/memory/event-log.js';
import type { EventLog, StoredEvent } from '#ports/event-log.js';
import { StandIn } from './stand-in.js';

/** Little of it, so that what has to be given up is given up soon. */
export const impatient: Patience = {
  attemptMs: 150,
  giveUpMs: 1_500,
  startMs: 1_000,
  backoff: { firstMs: 2, longestMs: 40 },
};

/** Tries again as soon, and gives nothing up on a machine that stands still for a while. */
const steady: Patience = { ...impatient, giveUpMs: 120_000, startMs: 120_000 };

/** A stand-in for an event store, and logs on it as several processes have them. */
export interface Processes {
  readonly standIn: StandIn;
  /** One more process; its copy is empty and in memory unless one is given, and it does not give up. */
  readonly open: (copy?: RecordStore, patience?: Patience, connectionString?: string) => Promise<EventLog>;
}

export const namespaceUnderTest = 'test';

/** Runs a test on a stand-in and closes what it has opened. */
export const withProcesses = async (test: (processes: Processes) => Promise<void>): Promise<void> => {
  const standIn = await StandIn.start();
  const logs: EventLog[] = [];
  const open: Processes['open'] = async (
    copy = new MemoryRecords(),
    patience = steady,
    connectionString = standIn.connectionString,
  ) => {
    const log = await EventStoreEventLog.open({ connectionString, namespace: namespaceUnderTest, copy, patience });
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
