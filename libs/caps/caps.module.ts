import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { SpendModule } from '#spend/spend.module.js';
import { PeriodsModule } from '#periods/periods.module.js';
import { AlertsModule } from '#alerts/alerts.module.js';
import { CapsView } from './domain/caps.view.js';
import { Caps } from './queries/caps.js';
import { CapsCommands } from './commands/caps.commands.js';
import { CapQueries } from './queries/cap.query.js';
import { DeriveCaps } from './sagas/derive-caps.saga.js';
import { UserSpend } from './sagas/user-spend.js';
import { CapWatch } from './sagas/cap-watch.js';
import { WatchCaps } from './sagas/watch-caps.saga.js';
import { WatchPace } from './sagas/watch-pace.saga.js';
import { UserDays } from './sagas/user-days.js';
import { WatchRunaways } from './sagas/watch-runaways.saga.js';
import { CapsController } from './http/caps.controller.js';

@Module({
  imports: [DirectoryModule, OrganisationModule, SpendModule, PeriodsModule, AlertsModule],
  controllers: [CapsController],
  providers: [
    provideView(CapsView),
    Caps,
    CapsCommands,
    CapQueries,
    DeriveCaps,
    UserSpend,
    CapWatch,
    WatchCaps,
    WatchPace,
    UserDays,
    WatchRunaways,
  ],
  exports: [CapsView, Caps, CapQueries, DeriveCaps, WatchCaps, WatchPace, WatchRunaways],
})
export class CapsModule {}
