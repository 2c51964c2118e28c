import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Startup } from '#event-sourcing/lifecycle/startup.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { AccessView } from './domain/access.view.js';
import { accessHandlers } from './commands/access.handlers.js';
import { FirstOwnerKey } from './commands/first-owner-key.js';
import { accessQueryHandlers } from './queries/access.queries.js';
import { ApiKeysController } from './http/api-keys.controller.js';
import { Access } from './http/access.js';

@Module({
  imports: [DirectoryModule],
  controllers: [ApiKeysController],
  providers: [provideView(AccessView), ...accessHandlers, ...accessQueryHandlers, FirstOwnerKey, Access],
  exports: [AccessView, FirstOwnerKey, Access],
})
export class AccessModule implements OnModuleInit {
  constructor(
    private readonly startup: Startup,
    private readonly firstOwnerKey: FirstOwnerKey,
  ) {}

  onModuleInit(): void {
    this.startup.onCaughtUp(() => this.firstOwnerKey.create());
  }
}
