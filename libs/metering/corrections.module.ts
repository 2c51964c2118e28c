import { Module } from '@nestjs/common';
import { DirectoryModule } from '#directory/directory.module.js';
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
import { CorrectRecords } from './sagas/correct-records.saga.js';

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
    CorrectRecords,
    ...meteringQueryHandlers,
  ],
  exports: [CorrectionsView, ReratingJobs],
})
export class CorrectionsModule {}
