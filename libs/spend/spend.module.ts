import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { PricesModule } from '#prices/prices.module.js';
import { CorrectionsModule } from '#metering/corrections.module.js';
import { MeteringModule } from '#metering/metering.module.js';
import { SpendView } from './domain/spend.view.js';
import { LargeRecordsView } from './domain/large-records.view.js';
import { SpendQueries } from './queries/spend.queries.js';
import { spendQueryHandlers } from './queries/ask-spend.query.js';
import { SpendController } from './http/spend.controller.js';

@Module({
  imports: [OrganisationModule, PricesModule, MeteringModule, CorrectionsModule],
  controllers: [SpendController],
  providers: [provideView(SpendView), provideView(LargeRecordsView), SpendQueries, ...spendQueryHandlers],
  exports: [SpendView, LargeRecordsView, SpendQueries],
})
export class SpendModule {}
