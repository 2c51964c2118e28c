import { Module } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { KeyedMutex } from '#event-sourcing/commands/keyed-mutex.js';
import { Heartbeat } from '#event-sourcing/lifecycle/heartbeat.js';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { Callers } from '#http/caller.js';
import { HttpServer } from '#http/http-server.js';
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
import { fanOutsRoute } from './http/fan-outs.route.js';
import { FanOutsController } from './http/fan-outs.controller.js';
import { LimitsController } from './http/limits.controller.js';
import { Admissions } from './domain/admissions.js';
import { TaskCosts } from './domain/task-costs.js';
import { DenialLog } from './commands/denial-log.js';
import { Estimates } from './commands/estimates.js';
import { GrantsWithoutStore } from './commands/grants-without-store.js';
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
    DenialLog,
    Estimates,
    GrantsWithoutStore,
  ],
  exports: [GrantedGroups, HeldByFanOuts, GroupFactsAsOfNow, IdsInLog],
})
export class FanOutModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly heartbeat: Heartbeat,
    private readonly shutdown: Shutdown,
    private readonly server: HttpServer,
    private readonly callers: Callers,
    private readonly keyedMutex: KeyedMutex,
    private readonly clock: Clock,
    private readonly fanOuts: FanOuts,
    private readonly desk: AdmissionDesk,
    private readonly denials: DenialLog,
    private readonly withoutStore: GrantsWithoutStore,
  ) {}

  onModuleInit(): void {
    fanOutsRoute(this.server.fastify, this.fanOuts, this.keyedMutex, this.callers);
    this.heartbeat.onBeat(() => {
      void this.writeDown();
      this.desk.sweep().catch(leftForNextBeat);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.shutdown.part(() => this.desk.settled());
    await this.writeDown();
  }

  /** If the log cannot be reached at the end, denials are lost as at a kill, and grants stand in the service's own log. */
  private async writeDown(): Promise<void> {
    await Promise.all([
      this.denials.flush(this.clock.now()).catch(leftForNextBeat),
      this.withoutStore.record().catch(leftForNextBeat),
    ]);
  }
}

/** The log says by itself that it has failed; while it cannot be reached, the next beat tries again. */
const leftForNextBeat = (): void => undefined;
