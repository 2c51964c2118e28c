import { Global, Module } from '@nestjs/common';
import { Commands } from './commands/execute.js';
import { KeyTurns } from './commands/key-turns.js';
import { SpentCommandsView } from './commands/spent-commands.view.js';
import { Feed } from './feed/feed.js';
import { FormatLevel } from './feed/format-level.js';
import { Snapshotter } from './feed/snapshotter.js';
import { provideView } from './provide-view.js';
import { SagaRunner } from './sagas/saga-runner.js';

/** How events become views, commands become events, and sagas are woken: what every capability stands on. */
@Global()
@Module({
  providers: [provideView(SpentCommandsView), Feed, Snapshotter, Commands, FormatLevel, KeyTurns, SagaRunner],
  exports: [SpentCommandsView, Feed, Snapshotter, Commands, FormatLevel, KeyTurns, SagaRunner],
})
export class EventSourcingModule {}
