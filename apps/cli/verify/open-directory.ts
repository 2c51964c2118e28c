import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { DiskLocationIndex } from '#identity-index/location-index.js';
import { LocationIndexDamaged } from '#event-sourcing/ports/location-index.js';
import { EmbeddedSnapshots } from '#event-log-lmdb/snapshots.js';
import { SystemClock } from '#system-clock/clock.js';
import { requireReadable } from '#event-sourcing/feed/format-level.js';
import { manifestIn, noParts, restore } from '#event-sourcing/feed/snapshotter.js';
import { Fold } from '#event-sourcing/fold.js';
import { type EventLog, LogFailure } from '#event-sourcing/ports/event-log.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { type BursarViews, createViews } from '#apps/bursar/bursar.views.js';
import { requireLog, viewsFolder } from '#apps/bursar/data-directory.js';

/** A data directory, read beside a running service or on a stopped one. Nothing in it is created or changed. */
export interface OpenDirectory {
  readonly log: EventLog;
  /** The last durable position when it was opened: everything here is about the log up to there. */
  readonly head: number;
  readonly standing: RestoredViews;
  close(): Promise<void>;
}

/** The service's own views, as the last snapshot holds them. */
export interface RestoredViews {
  readonly views: BursarViews;
  readonly fold: Fold;
  readonly index: LocationIndex;
  /** Position of the snapshot they come from; undefined if they begin empty. */
  readonly snapshotPosition: number | undefined;
  /** Why the snapshot at hand could not be used; undefined if it could, or if there is none. */
  readonly damage: string | undefined;
  close(): Promise<void>;
}

/** Saves and merges of a running service come minutes apart: the next look mostly finds what it needs. */
const looks = 5;
/** A copy is milliseconds behind what its service has shown, or as long as its disk takes. */
const looksForKnown = 50;
const betweenLooksMs = 200;

/**
 * Opens everything for reading. Rejects with `ConfigError` if there is no log, with `LogFailure` if it is damaged, and
 * with `NewerFormat` if a newer version writes to it.
 * A damaged snapshot is told in `damage`; the views then begin empty.
 *
 * @param known a position that a service has shown: its copy of a shared log may come to disk a moment later
 */
export const openDirectory = async (directory: string, known = 0): Promise<OpenDirectory> => {
  const logFolder = requireLog(directory);
  // The snapshot first: the log is then at least as far.
  const standing = await openStanding(directory, logFolder);
  try {
    const log = await EmbeddedEventLog.read({ directory: logFolder, clock: new SystemClock() });
    const close = async (): Promise<void> => {
      await log.close();
      await standing.close();
    };
    await requireReadable(log);
    let head = await log.head();
    for (let look = 0; head < known && look < looksForKnown; look++) {
      await pause(betweenLooksMs);
      head = await log.head();
    }
    return { log, head, standing, close };
  } catch (error) {
    await standing.close();
    throw error;
  }
};

const openStanding = async (directory: string, logFolder: string): Promise<RestoredViews> => {
  for (let look = 1; ; look++) {
    try {
      return await restoredStanding(directory, logFolder);
    } catch (error) {
      // A run of the index that is gone was merged by the service, and a newer snapshot names what it was merged into.
      if (error instanceof LogFailure) throw error;
      if (!(error instanceof LocationIndexDamaged) || look === looks) return emptyViews(directory, messageOf(error));
      await pause(betweenLooksMs);
    }
  }
};

const restoredStanding = async (directory: string, logFolder: string): Promise<RestoredViews> => {
  const snapshots = await EmbeddedSnapshots.read(viewsFolder(directory), logFolder);
  if (snapshots === undefined) return emptyViews(directory, undefined);
  let index: LocationIndex | undefined;
  const close = async (): Promise<void> => {
    await index?.close();
    await snapshots.close();
  };
  try {
    index = await DiskLocationIndex.open({
      directory: join(directory, 'index'),
      manifest: manifestIn(snapshots),
      readOnly: true,
    });
    const views = createViews(index, (key) => snapshots.require(key));
    const fold = new Fold(Object.values(views));
    restore(fold, snapshots);
    return { views, fold, index, snapshotPosition: snapshots.position(), damage: undefined, close };
  } catch (error) {
    await close();
    throw error;
  }
};

const emptyViews = async (directory: string, damage: string | undefined): Promise<RestoredViews> => {
  const index = await DiskLocationIndex.open({
    directory: join(directory, 'index'),
    manifest: undefined,
    readOnly: true,
  });
  const views = createViews(index, noParts);
  return {
    views,
    fold: new Fold(Object.values(views)),
    index,
    snapshotPosition: undefined,
    damage,
    close: () => index.close(),
  };
};

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
