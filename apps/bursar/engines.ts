import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { OwnerSocket } from '#event-log-lmdb/owner/owner-socket.js';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import type { Flush } from '#event-log-lmdb/log-store.js';
import { openLogStore } from '#event-log-lmdb/open-log-store.js';
import { closeOnError } from '#event-log-eventstore/close-on-error.js';
import type { Clock } from '#event-sourcing/ports/clock.js';
import { type EventLog, LogFailure } from '#event-sourcing/ports/event-log.js';
import { type Config, ConfigError, type EventStoreConfig } from './config.js';
import { logFolder, processName, viewsFolder } from './data-directory.js';

/** The log, opened, and what only its engine knows. */
export interface OpenedLog {
  readonly log: EventLog;
  /** Where other processes may read beside this one. */
  readonly socket: OwnerSocket;
  /** What this process calls the streams that it alone writes to. */
  readonly writer: string;
}

/** Rejects with `ConfigError` and `LogFailure`, which say what to do. */
export const openLog = (config: Config, clock: Clock, flush: Flush): Promise<OpenedLog> =>
  config.eventStore === null
    ? openOwn(config.dataDirectory, clock, flush)
    : openShared(config.dataDirectory, config.eventStore, clock, flush);

/** More than this is told: it is not yet what a start is refused for. */
const toldSkewMs = 1_000;
const logger = new Logger('eventStore');

const openOwn = async (dataDirectory: string, clock: Clock, flush: Flush): Promise<OpenedLog> => {
  const directory = logFolder(dataDirectory, false);
  const log = await EmbeddedEventLog.open({ directory, clock, flush });
  return { log, socket: log.socket, writer: 'main' };
};

const openShared = async (
  dataDirectory: string,
  { connectionString, namespace, process }: EventStoreConfig,
  clock: Clock,
  flush: Flush,
): Promise<OpenedLog> => {
  const folder = logFolder(dataDirectory, true);
  await requireUsable(connectionString);
  const { checkEventStore } = await import('#event-log-eventstore/start-check.js');
  const skewMs = await checkEventStore({ connectionString, namespace, clock });
  if (Math.abs(skewMs) > toldSkewMs) {
    logger.warn({ message: 'The clocks of this machine and of the event store differ; see to both.', aheadMs: skewMs });
  }
  const { EventStoreEventLog } = await import('#event-log-eventstore/event-log.js');
  const { store: copy, socket } = await openLogStore(folder, flush).catch(copyFailure(folder));
  await closeOnError(copy, () => {
    // Views that are left may be of another log. A start may end before the copy is whole: the next could not tell.
    if (copy.head() === 0) rmSync(viewsFolder(dataDirectory), { recursive: true, force: true });
  });
  const log = await EventStoreEventLog.open({ connectionString, namespace, copy });
  const { CopyDamaged } = await import('#event-log-eventstore/damaged.js');
  void log.failed.then((failure) => {
    if (failure instanceof CopyDamaged) rmSync(join(folder, 'data.mdb'), { force: true });
  });
  return { log, socket, writer: process ?? processName(dataDirectory) };
};

/** A copy needs no backup: the log is elsewhere. */
const copyFailure =
  (folder: string) =>
  (error: unknown): never => {
    if (!(error instanceof LogFailure) || error.code !== 'damaged') throw error;
    const detail = `The copy of the log in ${folder} is damaged. Remove it: the next start reads it from the event store.`;
    throw new LogFailure('damaged', detail, { cause: error });
  };

/** Rejects with `ConfigError` if the connection string cannot be used; it names the setting, and no password. */
export const requireUsable = async (connectionString: string): Promise<void> => {
  // The client takes a quarter of a second to load: only for those who use it.
  const { connector } = await import('#event-log-eventstore/client.js');
  try {
    connector(connectionString);
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(`BURSAR_EVENT_STORE: ${error.message}`);
    throw error;
  }
};
