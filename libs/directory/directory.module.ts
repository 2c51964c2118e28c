import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { DirectoryView } from './domain/directory.view.js';
import { Ids } from './queries/ids.js';
import { DirectoryCommands } from './commands/directory.commands.js';
import { DirectoryController } from './http/directory.controller.js';

@Module({
  controllers: [DirectoryController],
  providers: [provideView(DirectoryView), Ids, DirectoryCommands],
  exports: [DirectoryView, Ids, DirectoryCommands],
})
export class DirectoryModule {}
