import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { Fold } from '#event-sourcing/fold.js';
import { Clock, WatchedClock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { Snapshots } from '#event-sourcing/ports/snapshots.js';
import { WriterId } from '#event-sourcing/writer-id.js';
import { FanOutSettings } from '#fan-out/fan-out.settings.js';
import { SystemClock } from '#system-clock/clock.js';
import type { Config } from './config.js';
import { Metrics } from './metrics.js';
import { openStorage, Storage } from './storage.js';

/** Which engine stands behind each port, and what the operator has set. The one place that says so. */
@Global()
@Module({})
export class StoreModule implements OnApplicationShutdown {
  constructor(
    private readonly storage: Storage,
    private readonly shutdown: Shutdown,
  ) {}

  static with(config: Config): DynamicModule {
    const providers = [
      Metrics,
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
      { provide: LocationIndex, useFactory: ({ index }: Storage) => index, inject: [Storage] },
      { provide: Fold, useFactory: ({ fold }: Storage) => fold, inject: [Storage] },
      { provide: WriterId, useFactory: ({ writer }: Storage) => new WriterId(writer), inject: [Storage] },
      { provide: FanOutSettings, useFactory: () => new FanOutSettings(config.defaultItemCostMicros) },
    ];
    const offered = [Metrics, WatchedClock, Clock, EventLog, Snapshots, LocationIndex, Fold, WriterId, FanOutSettings];
    return { module: StoreModule, providers, exports: offered };
  }

  /** The last module to end: until then, others may write. */
  async onApplicationShutdown(): Promise<void> {
    const { log, index, snapshots } = this.storage;
    await this.shutdown.part(() => log.close());
    await this.shutdown.part(() => index.close());
    await this.shutdown.part(() => snapshots.close());
  }
}
