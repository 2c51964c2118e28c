import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { SagaRunner } from '#event-sourcing/sagas/saga-runner.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { SpendModule } from '#spend/spend.module.js';
import { PeriodsModule } from '#periods/periods.module.js';
import { AlertsModule } from '#alerts/alerts.module.js';
import { CapsView } from './domain/caps.view.js';
import { Caps } from './queries/caps.js';
import { capsHandlers } from './commands/caps.handlers.js';
import { CapQueries } from './queries/cap.query.js';
import { capsQueryHandlers } from './queries/caps.queries.js';
import { DeriveCaps } from './sagas/derive-caps.saga.js';
import { UserSpend } from './queries/user-spend.js';
import { CapAlerts } from './sagas/cap-alerts.js';
import { WatchCaps } from './sagas/watch-caps.saga.js';
import { WatchPace } from './sagas/watch-pace.saga.js';
import { UserDays } from './queries/user-days.js';
import { WatchRunaways } from './sagas/watch-runaways.saga.js';
import { CapsController } from './http/caps.controller.js';

/**
 * Under load the same groups and users move all the time: so long a saga waits before it looks again. Thresholds are
 * waited for; a cap is derived by whoever needs it, and a day's spend changes slowly.
 */
const throttleMs = { watchCaps: 2, deriveCaps: 500, watchPace: 2_000, watchRunaways: 2_000 } as const;

@Module({
  imports: [DirectoryModule, OrganisationModule, SpendModule, PeriodsModule, AlertsModule],
  controllers: [CapsController],
  providers: [
    provideView(CapsView),
    Caps,
    CapQueries,
    ...capsHandlers,
    ...capsQueryHandlers,
    DeriveCaps,
    UserSpend,
    CapAlerts,
    WatchCaps,
    WatchPace,
    UserDays,
    WatchRunaways,
  ],
  exports: [CapsView, Caps, CapQueries],
})
export class CapsModule implements OnModuleInit {
  constructor(
    private readonly sagas: SagaRunner,
    private readonly deriveCaps: DeriveCaps,
    private readonly watchCaps: WatchCaps,
    private readonly watchPace: WatchPace,
    private readonly watchRunaways: WatchRunaways,
  ) {}

  onModuleInit(): void {
    this.sagas.register(this.deriveCaps, throttleMs.deriveCaps);
    this.sagas.register(this.watchCaps, throttleMs.watchCaps);
    this.sagas.register(this.watchPace, throttleMs.watchPace);
    this.sagas.register(this.watchRunaways, throttleMs.watchRunaways);
  }
}
