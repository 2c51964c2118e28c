import { Module } from '@nestjs/common';
import { provideView } from '#event-sourcing/provide-view.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { AccessModule } from '#access/access.module.js';
import { MeteringModule } from '#metering/metering.module.js';
import { SpendModule } from '#spend/spend.module.js';
import { CapsModule } from '#caps/caps.module.js';
import { AdmissionsView } from './domain/admissions.view.js';
import { TaskCostsView } from './domain/task-costs.view.js';
import { LimitsView } from './domain/limits.view.js';
import { AdmissionDesk } from './commands/admission-desk.js';
import { Standings } from './commands/standings.js';
import { TaskAncestors } from './commands/task-ancestors.js';
import { PastGrants } from './commands/past-grants.js';
import { WithoutStoreLog } from './commands/without-store-log.js';
import { FanOuts } from './commands/fan-outs.js';
import { FanOutQueries } from './queries/fan-outs.query.js';
import { LimitsCommands } from './commands/limits.commands.js';
import { GrantedGroups } from './queries/granted-groups.js';
import { HeldByFanOuts } from './queries/held-by-fan-outs.js';
import { GroupFactsAsOfNow } from './queries/group-facts-as-of-now.js';
import { IdsInLog } from './queries/ids-in-log.js';
import { FanOutsController } from './http/fan-outs.controller.js';
import { LimitsController } from './http/limits.controller.js';
import { Admissions } from './domain/admissions.js';
import { TaskCosts } from './domain/task-costs.js';
import { DenialLog } from './commands/denial-log.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { Writer } from '#event-sourcing/writer.js';
import { Estimates } from './commands/estimates.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { FanOutSettings } from './fan-out.settings.js';
import { GrantsWithoutStore } from './commands/grants-without-store.js';
import { Fold } from '#event-sourcing/fold.js';
import { Clock } from '#event-sourcing/ports/clock.js';

@Module({
  imports: [DirectoryModule, OrganisationModule, AccessModule, MeteringModule, SpendModule, CapsModule],
  controllers: [FanOutsController, LimitsController],
  providers: [
    provideView(AdmissionsView),
    provideView(TaskCostsView),
    provideView(LimitsView),
    AdmissionDesk,
    Standings,
    TaskAncestors,
    PastGrants,
    WithoutStoreLog,
    FanOuts,
    FanOutQueries,
    LimitsCommands,
    GrantedGroups,
    HeldByFanOuts,
    GroupFactsAsOfNow,
    IdsInLog,
    { provide: Admissions, useFactory: ({ admissions }: AdmissionsView) => admissions, inject: [AdmissionsView] },
    { provide: TaskCosts, useFactory: ({ costs }: TaskCostsView) => costs, inject: [TaskCostsView] },
    {
      provide: DenialLog,
      useFactory: (log: EventLog, { name }: Writer) => new DenialLog(log, name),
      inject: [EventLog, Writer],
    },
    {
      provide: Estimates,
      useFactory: (organisation: OrganisationView, costs: TaskCosts, { defaultItemCostMicros }: FanOutSettings) =>
        new Estimates(organisation, costs, defaultItemCostMicros),
      inject: [OrganisationView, TaskCosts, FanOutSettings],
    },
    {
      provide: GrantsWithoutStore,
      useFactory: (
        admissions: Admissions,
        fold: Fold,
        standings: Standings,
        log: WithoutStoreLog,
        clock: Clock,
        { grantsWithoutStore }: FanOutSettings,
      ) => new GrantsWithoutStore(admissions, fold, standings, log, clock, grantsWithoutStore),
      inject: [Admissions, Fold, Standings, WithoutStoreLog, Clock, FanOutSettings],
    },
  ],
  exports: [
    AdmissionsView,
    TaskCostsView,
    LimitsView,
    AdmissionDesk,
    FanOuts,
    DenialLog,
    GrantsWithoutStore,
    GrantedGroups,
    HeldByFanOuts,
    GroupFactsAsOfNow,
    IdsInLog,
  ],
})
export class FanOutModule {}
