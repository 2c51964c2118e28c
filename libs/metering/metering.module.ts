import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Startup } from '#event-sourcing/lifecycle/startup.js';
import { Callers } from '#http/caller.js';
import { HttpServer } from '#http/http-server.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { PricesModule } from '#prices/prices.module.js';
import { MeteringView } from './domain/metering.view.js';
import { MeteringStreamsView } from './domain/metering-streams.view.js';
import { RecordPipeline } from './commands/record-pipeline.js';
import { TaskOwners } from './queries/task-owners.js';
import { Ingest } from './commands/ingest.js';
import { Records } from './queries/records.js';
import { TaskQueries } from './queries/tasks.query.js';
import { IngestMeter, meteringRoute } from './http/metering.route.js';
import { SingleWriterStream } from './commands/single-writer-stream.js';

/** Metering in: what senders report, once each, and where it is found again. */
@Module({
  imports: [DirectoryModule, OrganisationModule, PricesModule],
  providers: [
    provideView(MeteringView),
    provideView(MeteringStreamsView),
    SingleWriterStream,
    RecordPipeline,
    Ingest,
    TaskOwners,
    Records,
    TaskQueries,
  ],
  exports: [MeteringView, SingleWriterStream, TaskOwners, Records, TaskQueries],
})
export class MeteringModule implements OnModuleInit {
  constructor(
    private readonly startup: Startup,
    private readonly ownStream: SingleWriterStream,
    private readonly server: HttpServer,
    private readonly bus: CommandBus,
    private readonly callers: Callers,
    private readonly meter: IngestMeter,
  ) {}

  onModuleInit(): void {
    meteringRoute(this.server.fastify, this.bus, this.callers, this.meter);
    this.startup.onCaughtUp(() => {
      this.ownStream.start();
    });
  }
}
