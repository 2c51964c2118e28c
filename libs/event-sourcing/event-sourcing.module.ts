import { Global, Module } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';
import { Commands } from './commands/execute.js';
import { KeyedMutex } from './commands/keyed-mutex.js';
import { IdempotencyKeysView } from './commands/idempotency-keys.view.js';
import { Feed } from './feed/feed.js';
import { FormatLevel } from './feed/format-level.js';
import { Snapshotter } from './feed/snapshotter.js';
import { Heartbeat } from './lifecycle/heartbeat.js';
import { Shutdown } from './lifecycle/shutdown.js';
import { Startup } from './lifecycle/startup.js';
import { provideView } from './provide-view.js';
import { ChangePublisher } from './sagas/change-publisher.js';
import { SagaCommandHandler } from './sagas/saga-command.js';
import { SagaLanes } from './sagas/saga-lanes.js';

/** How events become views, commands become events, and sagas are evaluated: what every capability stands on. */
@Global()
@Module({
  providers: [
    provideView(IdempotencyKeysView),
    Feed,
    Snapshotter,
    Commands,
    FormatLevel,
    KeyedMutex,
    SagaLanes,
    SagaCommandHandler,
    ChangePublisher,
    Startup,
    Heartbeat,
    Shutdown,
  ],
  exports: [IdempotencyKeysView, Feed, Commands, FormatLevel, KeyedMutex, SagaLanes, Startup, Shutdown],
})
export class EventSourcingModule
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    private readonly startup: Startup,
    private readonly shutdown: Shutdown,
    private readonly heartbeat: Heartbeat,
    private readonly feed: Feed,
    private readonly changes: ChangePublisher,
    private readonly formatLevel: FormatLevel,
    private readonly snapshotter: Snapshotter,
    private readonly sagas: SagaLanes,
  ) {}

  onModuleInit(): void {
    this.startup.onCaughtUp(() => this.formatLevel.raise());
    this.startup.onPrepared(() => {
      this.snapshotter.start();
      this.changes.start();
      this.heartbeat.start();
    });
    void this.feed.outdated.then(() => {
      this.heartbeat.stop();
      return this.sagas.stop();
    });
  }

  onApplicationBootstrap(): void {
    this.startup.start();
  }

  beforeApplicationShutdown(): void {
    this.heartbeat.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    const { shutdown } = this;
    await shutdown.part(() => this.sagas.stop());
    if (this.startup.isComplete) await shutdown.part(() => this.snapshotter.take());
    await shutdown.part(() => this.feed.stop());
  }
}
