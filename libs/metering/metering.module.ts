import { Module } from '@nestjs/common';
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
import { MeteringController } from './http/metering.controller.js';
import { ReratingsController } from './http/reratings.controller.js';
import { OwnStream } from './commands/own-stream.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { Writer } from '#event-sourcing/writer.js';

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
    {
      provide: OwnStream,
      useFactory: (log: EventLog, feed: Feed, streams: MeteringStreamsView, { name }: Writer) =>
        new OwnStream(log, feed, streams, name),
      inject: [EventLog, Feed, MeteringStreamsView, Writer],
    },
  ],
  exports: [MeteringView, CorrectionsView, MeteringStreamsView, Ingest, TaskOwners, Records, CorrectionJobs, OwnStream],
})
export class MeteringModule {}
