import { Module } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Heartbeat } from '#event-sourcing/lifecycle/heartbeat.js';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { Startup } from '#event-sourcing/lifecycle/startup.js';
import { Callers } from '#http/caller.js';
import { HttpServer } from '#http/http-server.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { PricesModule } from '#prices/prices.module.js';
import { MeteringView } from './domain/metering.view.js';
import { CorrectionsView } from './domain/corrections.view.js';
import { MeteringStreamsView } from './domain/metering-streams.view.js';
import { IngestGate } from './commands/ingest-gate.js';
import { TaskOwners } from './queries/task-owners.js';
import { Ingest } from './commands/ingest.js';
import { Records } from './queries/records.js';
import { CorrectionsStream } from './commands/corrections-stream.js';
import { CorrectionJobs } from './sagas/correction-jobs.js';
import { MeteringCommands } from './commands/metering.commands.js';
import { TaskQueries } from './queries/tasks.query.js';
import { IngestMeter, meteringRoute } from './http/metering.route.js';
import { MeteringController } from './http/metering.controller.js';
import { ReratingsController } from './http/reratings.controller.js';
import { OwnStream } from './commands/own-stream.js';
import { Feed } from '#event-sourcing/feed/feed.js';

@Module({
  imports: [DirectoryModule, OrganisationModule, PricesModule],
  controllers: [MeteringController, ReratingsController],
  providers: [
    provideView(MeteringView),
    provideView(CorrectionsView),
    provideView(MeteringStreamsView),
    IngestGate,
    TaskOwners,
    Ingest,
    Records,
    CorrectionsStream,
    CorrectionJobs,
    MeteringCommands,
    TaskQueries,
    OwnStream,
  ],
  exports: [MeteringView, CorrectionsView, Ingest, TaskOwners, Records, CorrectionJobs],
})
export class MeteringModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly startup: Startup,
    private readonly shutdown: Shutdown,
    private readonly heartbeat: Heartbeat,
    private readonly feed: Feed,
    private readonly ownStream: OwnStream,
    private readonly jobs: CorrectionJobs,
    private readonly server: HttpServer,
    private readonly ingest: Ingest,
    private readonly callers: Callers,
    private readonly meter: IngestMeter,
  ) {}

  onModuleInit(): void {
    meteringRoute(this.server.fastify, this.ingest, this.callers, this.meter);
    const wake = (): void => {
      this.jobs.wake();
    };
    this.startup.onCaughtUp(() => {
      this.ownStream.start();
    });
    this.startup.onPrepared(() => {
      this.feed.onBatch(wake);
      // A step that failed is tried again although nothing has happened since.
      this.heartbeat.onBeat(wake);
      wake();
    });
    void this.feed.outdated.then(() => this.jobs.stop());
  }

  onApplicationShutdown(): Promise<void> {
    return this.shutdown.part(() => this.jobs.stop());
  }
}
