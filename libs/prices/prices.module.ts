import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { PricesView } from './domain/prices.view.js';
import { PricesCommands } from './commands/prices.commands.js';
import { WatchBuiltInPrices } from './sagas/watch-built-in-prices.saga.js';
import { PricesController } from './http/prices.controller.js';

@Module({
  imports: [OrganisationModule],
  controllers: [PricesController],
  providers: [provideView(PricesView), PricesCommands, WatchBuiltInPrices],
  exports: [PricesView, PricesCommands, WatchBuiltInPrices],
})
export class PricesModule {}
