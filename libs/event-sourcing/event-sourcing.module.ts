import { Global, Module } from '@nestjs/common';
import { Commands } from './commands/execute.js';
import { KeyedMutex } from './commands/keyed-mutex.js';
import { IdempotencyKeysView } from './commands/idempotency-keys.view.js';
import { Feed } from './feed/feed.js';
import { FormatLevel } from './feed/format-level.js';
import { Snapshotter } from './feed/snapshotter.js';
import { provideView } from './provide-view.js';
import { SagaRunner } from './sagas/saga-runner.js';

/** How events become views, commands become events, and sagas are woken: what every capability stands on. */
@Global()
@Module({
  providers: [provideView(IdempotencyKeysView), Feed, Snapshotter, Commands, FormatLevel, KeyedMutex, SagaRunner],
  exports: [IdempotencyKeysView, Feed, Snapshotter, Commands, FormatLevel, KeyedMutex, SagaRunner],
})
export class EventSourcingModule {}
