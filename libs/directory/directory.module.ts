import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { HttpServer } from '#http/http-server.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { DirectoryView } from './domain/directory.view.js';
import { Ids } from './queries/ids.js';
import { directoryHandlers } from './commands/directory.handlers.js';
import { directoryQueryHandlers } from './queries/directory.queries.js';
import { resolveIds } from './http/resolve-ids.js';
import { DirectoryController } from './http/directory.controller.js';

@Module({
  controllers: [DirectoryController],
  providers: [provideView(DirectoryView), Ids, ...directoryHandlers, ...directoryQueryHandlers],
  exports: [DirectoryView, Ids],
})
export class DirectoryModule implements OnModuleInit {
  constructor(
    private readonly server: HttpServer,
    private readonly ids: Ids,
  ) {}

  onModuleInit(): void {
    resolveIds(this.server.fastify, this.ids);
  }
}
