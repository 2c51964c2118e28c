import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { openLogStore } from '#event-log-lmdb/open-log-store.js';
import { DiskLocationIndex } from '#identity-index/location-index.js';
import { connector } from '#event-log-eventstore/client.js';
import { EventStoreEventLog } from '#event-log-eventstore/event-log.js';
import { MemorySnapshots } from '#event-log-memory/snapshots.js';
import type { Append, EventLog } from '#event-sourcing/ports/event-log.js';
import { type Admitting, startAdmitting } from '#test/simulation/admitting.js';
import { SimulatedClock } from '#test/simulation/process.js';
import { type Messages, replay } from './bare-client.js';

/** Time goes on. */
class RunningClock extends SimulatedClock {
  override now(): number {
    return Date.now();
  }
}

/** A log, the application on it without HTTP, and the appends that were made to it since they were last taken away. */
export interface Engine {
  readonly log: EventLog;
  readonly service: Admitting;
  readonly appends: Append[];
  stop(): Promise<void>;
}

/** An engine in an event store, the same one alone on this disk, and the client by itself. */
export interface Engines {
  readonly shared: Engine;
  readonly embedded: Engine;
  /** Seconds the client takes to append the messages, and to read them back. */
  replay(messages: Messages, readsBack: boolean): Promise<number>;
  stop(): Promise<void>;
}

const told = z.object({ connectionString: z.string() });
const real = process.env.BURSAR_TEST_EVENT_STORE;

/** What keeps the events of a run. */
export const storedBy = real === undefined ? 'stored by the stand-in, in memory' : 'stored by a server';

/** A server that is there, which must be one for tests; without it the stand-in, as a process of its own. */
const startServer = async (): Promise<{ connectionString: string; stop: () => Promise<void> }> => {
  if (real !== undefined) return { connectionString: real, stop: () => Promise.resolve() };
  const child = fork(fileURLToPath(new URL('event-store-process.js', import.meta.url)));
  const [message] = (await once(child, 'message')) as [unknown];
  const stop = async (): Promise<void> => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  return { ...told.parse(message), stop };
};

/** The application on a log, with its index on disk as a service has it. */
const startOn = async (log: EventLog, directory: string): Promise<Engine> => {
  const appends: Append[] = [];
  const appendMany = log.appendMany.bind(log);
  log.appendMany = (made) => {
    appends.push(...made);
    return appendMany(made);
  };
  const index = await DiskLocationIndex.open({ directory: join(directory, 'index'), manifest: undefined });
  const disk = { clock: new RunningClock(0), log, snapshots: new MemorySnapshots(), index };
  const service = await startAdmitting(disk);
  const stop = async (): Promise<void> => {
    await service.kill();
    await log.close();
    await index.close();
  };
  return { log, service, appends, stop };
};

/** Starts everything; the copy of the log is on disk, as a service has it. */
export const startEngines = async (directory: string): Promise<Engines> => {
  const server = await startServer();
  const { connectionString } = server;
  const namespace = `bench-${randomUUID()}`;
  const { store: copy } = await openLogStore(join(directory, 'copy'));
  const shared = await startOn(
    await EventStoreEventLog.open({ connectionString, namespace, copy }),
    join(directory, 'shared'),
  );
  const own = { directory: join(directory, 'log'), clock: new RunningClock(0) };
  const embedded = await startOn(await EmbeddedEventLog.open(own), join(directory, 'embedded'));
  const client = connector(connectionString)();
  let streams = 0;
  return {
    shared,
    embedded,
    replay: (messages, readsBack) => replay(client, `${namespace}-bare-${String(++streams)}:`, messages, readsBack),
    stop: async () => {
      client.shut();
      await shared.stop();
      await embedded.stop();
      await server.stop();
    },
  };
};
