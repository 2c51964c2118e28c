import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationView } from './domain/organisation.view.js';
import { OrganisationCommands } from './commands/organisation.commands.js';
import { OrganisationController } from './http/organisation.controller.js';

@Module({
  controllers: [OrganisationController],
  providers: [provideView(OrganisationView), OrganisationCommands],
  exports: [OrganisationView, OrganisationCommands],
})
export class OrganisationModule {}
