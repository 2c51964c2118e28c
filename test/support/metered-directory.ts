import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { DiskLocationIndex } from '#identity-index/location-index.js';
import { EmbeddedSnapshots } from '#event-log-lmdb/snapshots.js';
import { SystemClock } from '#system-clock/clock.js';
import { manifestIn } from '#event-sourcing/feed/snapshotter.js';
import { restoredViews } from './fold-views.js';
import { meteredLog } from './metered-log.js';
import type { MeteredLog } from './metered-log.js';

/** Runs with a data directory that is gone afterwards. */
export const withDirectory = async (run: (directory: string) => Promise<void>): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-directory-'));
  try {
    await run(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** Opens the directory as the service does, runs, and closes it again; whether a snapshot is taken is up to `run`. */
export const meterInto = async (directory: string, run: (metered: MeteredLog) => Promise<void>): Promise<void> => {
  const log = await EmbeddedEventLog.open({ directory: join(directory, 'log'), clock: new SystemClock() });
  const snapshots = await EmbeddedSnapshots.open({ directory: join(directory, 'views'), socket: log.socket });
  const index = await DiskLocationIndex.open({ directory: join(directory, 'index'), manifest: manifestIn(snapshots) });
  const metered = await meteredLog({ log, index, snapshots, views: restoredViews(snapshots, index) });
  try {
    await run(metered);
  } finally {
    await metered.stop();
    await log.close();
    await index.close();
    await snapshots.close();
  }
};
