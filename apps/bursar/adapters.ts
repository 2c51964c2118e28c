import type { Provider } from '@nestjs/common';
import { SystemClock } from '#adapters/system/clock.js';
import { DenialLog } from '#application/fan-out/denial-log.js';
import { Estimates } from '#application/fan-out/estimates.js';
import { GrantsWithoutStore } from '#application/fan-out/grants-without-store.js';
import { Standings } from '#application/fan-out/standings.js';
import { WithoutStoreLog } from '#application/fan-out/without-store-log.js';
import { Feed } from '#application/feed/feed.js';
import { Views } from '#application/feed/views.js';
import { OwnStream } from '#application/metering/own-stream.js';
import { Clock, WatchedClock } from '#ports/clock.js';
import { EventLog } from '#ports/event-log.js';
import { PlaceIndex } from '#ports/place-index.js';
import { Snapshots } from '#ports/snapshots.js';
import type { Config } from './config.js';
import { Metrics } from './metrics.js';
import { openStorage, Storage } from './storage.js';

/** Which adapter stands behind each port. The one place that says so. */
export const adapters = (config: Config): Provider[] => [
  { provide: WatchedClock, useFactory: () => new SystemClock() },
  { provide: Clock, useExisting: WatchedClock },
  {
    provide: Storage,
    useFactory: (clock: WatchedClock, metrics: Metrics) =>
      openStorage(config, clock, (ms) => {
        metrics.flushed(ms);
      }),
    inject: [WatchedClock, Metrics],
  },
  { provide: EventLog, useFactory: ({ log }: Storage) => log, inject: [Storage] },
  { provide: Snapshots, useFactory: ({ snapshots }: Storage) => snapshots, inject: [Storage] },
  { provide: PlaceIndex, useFactory: ({ index }: Storage) => index, inject: [Storage] },
  { provide: Views, useFactory: ({ views }: Storage) => views, inject: [Storage] },
  {
    provide: OwnStream,
    useFactory: ({ log, views, writer }: Storage, feed: Feed) => new OwnStream(log, feed, views, writer),
    inject: [Storage, Feed],
  },
  {
    provide: DenialLog,
    useFactory: ({ log, writer }: Storage) => new DenialLog(log, writer),
    inject: [Storage],
  },
  {
    provide: Estimates,
    useFactory: (views: Views) => new Estimates(views, config.defaultItemCostMicros),
    inject: [Views],
  },
  {
    provide: GrantsWithoutStore,
    useFactory: (views: Views, standings: Standings, log: WithoutStoreLog, clock: Clock) =>
      new GrantsWithoutStore(views, standings, log, clock, config.whenUnavailable === 'allow'),
    inject: [Views, Standings, WithoutStoreLog, Clock],
  },
];
