import { Module } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { CapsModule } from '#caps/caps.module.js';
import { Heartbeat } from '#event-sourcing/lifecycle/heartbeat.js';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { AdmissionDesk } from './commands/admission-desk.js';
import { DenialLog } from './commands/denial-log.js';
import { GrantsWithoutStore } from './commands/grants-without-store.js';
import { PastGrants } from './commands/past-grants.js';
import { Standings } from './commands/standings.js';
import { WithoutStoreLog } from './commands/without-store-log.js';
import { Admissions } from './domain/admissions.js';
import { AdmissionsView } from './domain/admissions.view.js';
import { LimitsModule } from './limits.module.js';

/** Where grants are made, ended and written down. */
@Module({
  imports: [OrganisationModule, CapsModule, LimitsModule],
  providers: [
    provideView(AdmissionsView),
    { provide: Admissions, useFactory: ({ admissions }: AdmissionsView) => admissions, inject: [AdmissionsView] },
    AdmissionDesk,
    Standings,
    PastGrants,
    WithoutStoreLog,
    DenialLog,
    GrantsWithoutStore,
  ],
  exports: [Admissions, AdmissionDesk, Standings, PastGrants, DenialLog, GrantsWithoutStore],
})
export class AdmissionModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly heartbeat: Heartbeat,
    private readonly shutdown: Shutdown,
    private readonly clock: Clock,
    private readonly desk: AdmissionDesk,
    private readonly denials: DenialLog,
    private readonly withoutStore: GrantsWithoutStore,
  ) {}

  onModuleInit(): void {
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
