import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { SpendModule } from '#spend/spend.module.js';
import { PeriodsView } from './domain/periods.view.js';
import { AdjustmentsView } from './domain/adjustments.view.js';
import { periodsHandlers } from './commands/periods.handlers.js';
import { ClosePeriods } from './sagas/close-periods.saga.js';
import { periodsQueryHandlers } from './queries/periods.queries.js';
import { StatementQueries } from './queries/statements.query.js';
import { PeriodsNotClosed } from './queries/periods-not-closed.js';
import { PeriodsController } from './http/periods.controller.js';

@Module({
  imports: [OrganisationModule, SpendModule],
  controllers: [PeriodsController],
  providers: [
    provideView(PeriodsView),
    provideView(AdjustmentsView),
    ClosePeriods,
    StatementQueries,
    PeriodsNotClosed,
    ...periodsHandlers,
    ...periodsQueryHandlers,
  ],
  exports: [PeriodsView, AdjustmentsView, PeriodsNotClosed],
})
export class PeriodsModule {}
