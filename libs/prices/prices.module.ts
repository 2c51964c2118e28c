import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { isRefusal } from '#kernel/refusal.js';
import { Startup } from '#event-sourcing/lifecycle/startup.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { PricesView } from './domain/prices.view.js';
import { AdoptBuiltInPrices } from './commands/prices.commands.js';
import { pricesHandlers } from './commands/prices.handlers.js';
import { ToldAge } from './commands/told-age.js';
import { pricesQueryHandlers } from './queries/prices.queries.js';
import { WatchBuiltInPrices } from './sagas/watch-built-in-prices.saga.js';
import { PricesController } from './http/prices.controller.js';

@Module({
  imports: [OrganisationModule],
  controllers: [PricesController],
  providers: [provideView(PricesView), WatchBuiltInPrices, ToldAge, ...pricesHandlers, ...pricesQueryHandlers],
  exports: [PricesView],
})
export class PricesModule implements OnModuleInit {
  constructor(
    private readonly startup: Startup,
    private readonly bus: CommandBus,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.startup.onCaughtUp(() => this.adoptBuiltInPrices());
  }

  private async adoptBuiltInPrices(): Promise<void> {
    const adopted = await this.bus.execute(new AdoptBuiltInPrices(this.clock.now()));
    if (isRefusal(adopted)) throw new Error(adopted.detail);
  }
}
