import { Module } from '@nestjs/common';
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
import { RunawayAlerts } from './sagas/runaway-alerts.js';
import { WatchRunaways } from './sagas/watch-runaways.saga.js';
import { CapsController } from './http/caps.controller.js';

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
    RunawayAlerts,
    WatchRunaways,
  ],
  exports: [CapsView, Caps, CapQueries],
})
export class CapsModule {}
