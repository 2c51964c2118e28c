import { createHash } from 'node:crypto';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { foundLogFolder } from '#apps/bursar/data-directory.js';
import type { EventLog } from '#event-sourcing/ports/event-log.js';
import { StandIn } from '#test/eventstore/stand-in.js';

/**
 * Which engine holds the log of the services under test. Nothing: the embedded one. `eventStore`: a stand-in for an
 * event store, one for each data directory, which outlives the services on it; or the event store that
 * BURSAR_TEST_EVENT_STORE names, with a namespace for each directory.
 */
const isElsewhere = process.env.BURSAR_TEST_ENGINE === 'eventStore';
const real = process.env.BURSAR_TEST_EVENT_STORE;

const standIns = new Map<string, Promise<StandIn>>();

/** The settings that tell a service on this data directory where its log is. */
export const engineSettings = async (directory: string): Promise<NodeJS.ProcessEnv> => {
  if (!isElsewhere) return {};
  if (real !== undefined) return { BURSAR_EVENT_STORE: real, BURSAR_EVENT_STORE_NAMESPACE: namespaceOf(directory) };
  const starting = standIns.get(directory) ?? StandIn.start();
  standIns.set(directory, starting);
  return { BURSAR_EVENT_STORE: (await starting).connectionString };
};

/** Ends what stands in for the engine of a directory that is not needed any more. */
export const endEngine = async (directory: string): Promise<void> => {
  const standIn = await standIns.get(directory);
  standIns.delete(directory);
  await standIn?.stop();
};

/** The log of a data directory, for reading, beside a running service or on a stopped one. */
export const readLogOf = (directory: string): Promise<EventLog> => {
  const found = foundLogFolder(directory);
  if (found === undefined) throw new Error(`${directory} holds no log`);
  return EmbeddedEventLog.read({ directory: found, clock: new SystemClock() });
};

const namespaceOf = (directory: string): string =>
  `test-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;
