import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Startup } from '#event-sourcing/lifecycle/startup.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { SagaRunner } from '#event-sourcing/sagas/saga-runner.js';
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
  exports: [PricesView],
})
export class PricesModule implements OnModuleInit {
  constructor(
    private readonly startup: Startup,
    private readonly sagas: SagaRunner,
    private readonly commands: PricesCommands,
    private readonly watchBuiltInPrices: WatchBuiltInPrices,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.startup.onCaughtUp(() => this.commands.adoptBuiltInPrices(this.clock.now()));
    this.sagas.register(this.watchBuiltInPrices);
  }
}
