import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { Flush } from '#event-log-lmdb/log-store.js';
import { DiskLocationIndex } from '#identity-index/location-index.js';
import { EmbeddedSnapshots } from '#event-log-lmdb/snapshots.js';
import { requireReadable } from '#event-sourcing/feed/format-level.js';
import { areOf, manifestIn, restore } from '#event-sourcing/feed/snapshotter.js';
import { Fold } from '#event-sourcing/fold.js';
import type { WatchedClock } from '#event-sourcing/ports/clock.js';
import type { EventLog } from '#event-sourcing/ports/event-log.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';
import type { Snapshots } from '#event-sourcing/ports/snapshots.js';
import { createViews } from './bursar.views.js';
import { type Config, ConfigError } from './config.js';
import { viewsFolder } from './data-directory.js';
import { openLog } from './engines.js';

/** What the service keeps in its data directory, opened: the log, and what spares folding all of it again. */
export class Storage {
  constructor(
    readonly log: EventLog,
    readonly snapshots: Snapshots,
    readonly index: LocationIndex,
    /** Every view, in its order. */
    readonly fold: Fold,
    /** What this process calls the streams that it alone writes to. */
    readonly writer: string,
  ) {}
}

const logger = new Logger('storage');

/**
 * Opens a data directory for the one service that writes to it. A snapshot that cannot be trusted is thrown away, and
 * the views are folded from the log again.
 *
 * Rejects with `LogFailure` when the directory is in use, damaged or cannot be written, or an event store cannot be
 * used, with `ConfigError` when the directory belongs to another kind of log, or to one that is gone, and with
 * `NewerFormat` when a newer version writes to the log.
 */
export const openStorage = async (
  config: Config,
  clock: WatchedClock,
  flushed: (ms: number) => void,
): Promise<Storage> => {
  const flush: Flush = async (commit) => {
    const startedMs = performance.now();
    const isOurs = await commit();
    flushed(performance.now() - startedMs);
    return isOurs;
  };
  const { log, socket, writer } = await openLog(config, clock, flush);
  try {
    await requireReadable(log);
    const last = await log.readAt(await log.head());
    if (last !== undefined) clock.sawEvent(last.recordedAtMs);
    const snapshots = await EmbeddedSnapshots.open({ directory: viewsFolder(config.dataDirectory), socket });
    if (config.eventStore === null) await refuseLostLog(snapshots, log);
    const { index, fold } = await openKept(snapshots, log, join(config.dataDirectory, 'index'));
    return new Storage(log, snapshots, index, fold, writer);
  } catch (error) {
    // A log elsewhere would keep the process alive, and others out of the directory.
    await log.close();
    throw error;
  }
};

// To begin anew here would count again whatever was metered before. A backup of the log that is older is another matter.
const refuseLostLog = async (snapshots: Snapshots, log: EventLog): Promise<void> => {
  const position = snapshots.position() ?? 0;
  if (position === 0 || (await log.head()) > 0) return;
  throw new ConfigError(
    `The log is empty, but views/ was made from one with ${String(position)} events. Mount its disk or restore log/ from a backup; to begin anew, remove views/ and index/ as well.`,
  );
};

interface Kept {
  readonly index: LocationIndex;
  readonly fold: Fold;
}

const openKept = async (snapshots: Snapshots, log: EventLog, directory: string): Promise<Kept> => {
  try {
    const position = snapshots.position() ?? 0;
    if (position > (await log.head())) throw new Error('the snapshot is ahead of the log: it belongs to another one');
    const kept = await openViews(snapshots, directory);
    if (await areOf(kept.fold, log)) return kept;
    await kept.index.close();
    throw new Error('the snapshot was made from another log');
  } catch (error) {
    logger.warn({ message: 'The snapshot of the views cannot be used; they are folded from the log again.', error });
    await snapshots.clear();
    return openViews(snapshots, directory);
  }
};

const openViews = async (snapshots: Snapshots, directory: string): Promise<Kept> => {
  const report = (error: unknown): void => {
    logger.error({
      message: 'A run of the place index could not be written; it stays in memory and is tried again.',
      error,
    });
  };
  const index = await DiskLocationIndex.open({ directory, manifest: manifestIn(snapshots), report });
  try {
    const fold = new Fold(Object.values(createViews(index, (key) => snapshots.require(key))));
    restore(fold, snapshots);
    return { index, fold };
  } catch (error) {
    await index.close();
    throw error;
  }
};
