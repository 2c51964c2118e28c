import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { AccessView } from './domain/access.view.js';
import { AccessCommands } from './commands/access.commands.js';
import { ApiKeysController } from './http/api-keys.controller.js';
import { Access } from './http/access.js';

@Module({
  imports: [DirectoryModule],
  controllers: [ApiKeysController],
  providers: [provideView(AccessView), AccessCommands, Access],
  exports: [AccessView, AccessCommands, Access],
})
export class AccessModule {}
