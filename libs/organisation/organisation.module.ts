import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationView } from './domain/organisation.view.js';
import { organisationHandlers } from './commands/organisation.handlers.js';
import { organisationQueryHandlers } from './queries/organisation.queries.js';
import { OrganisationController } from './http/organisation.controller.js';

@Module({
  controllers: [OrganisationController],
  providers: [provideView(OrganisationView), ...organisationHandlers, ...organisationQueryHandlers],
  exports: [OrganisationView],
})
export class OrganisationModule {}
