import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { Estimates } from './commands/estimates.js';
import { TaskCosts } from './domain/task-costs.js';
import { TaskCostsView } from './domain/task-costs.view.js';

/** What an item is expected to cost. */
@Module({
  imports: [OrganisationModule],
  providers: [
    provideView(TaskCostsView),
    { provide: TaskCosts, useFactory: ({ costs }: TaskCostsView) => costs, inject: [TaskCostsView] },
    Estimates,
  ],
  exports: [Estimates],
})
export class EstimatesModule {}
