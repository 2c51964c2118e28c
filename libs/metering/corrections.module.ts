import { Module } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { DirectoryModule } from '#directory/directory.module.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { Heartbeat } from '#event-sourcing/lifecycle/heartbeat.js';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { Startup } from '#event-sourcing/lifecycle/startup.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { PricesModule } from '#prices/prices.module.js';
import { CorrectionReader } from './commands/correction-reader.js';
import { correctionsHandlers } from './commands/corrections.handlers.js';
import { ReratingJobs } from './commands/rerating-jobs.js';
import { FinishTaskHandler } from './commands/tasks.handlers.js';
import { CorrectionsView } from './domain/corrections.view.js';
import { MeteringController } from './http/metering.controller.js';
import { ReratingsController } from './http/reratings.controller.js';
import { MeteringModule } from './metering.module.js';
import { meteringQueryHandlers } from './queries/metering.queries.js';
import { CorrectionJobs } from './sagas/correction-jobs.js';

/** What becomes of records afterwards: voids, re-attributions and re-ratings. */
@Module({
  imports: [DirectoryModule, OrganisationModule, PricesModule, MeteringModule],
  controllers: [MeteringController, ReratingsController],
  providers: [
    provideView(CorrectionsView),
    CorrectionReader,
    ...correctionsHandlers,
    FinishTaskHandler,
    ReratingJobs,
    CorrectionJobs,
    ...meteringQueryHandlers,
  ],
  exports: [CorrectionsView, CorrectionJobs, ReratingJobs],
})
export class CorrectionsModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly startup: Startup,
    private readonly shutdown: Shutdown,
    private readonly heartbeat: Heartbeat,
    private readonly feed: Feed,
    private readonly jobs: CorrectionJobs,
  ) {}

  onModuleInit(): void {
    const wake = (): void => {
      this.jobs.wake();
    };
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
