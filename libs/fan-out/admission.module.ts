import { Module } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { CapsModule } from '#caps/caps.module.js';
import { Heartbeat } from '#event-sourcing/lifecycle/heartbeat.js';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { AdmissionControl } from './commands/admission-control.js';
import { DenialLog } from './commands/denial-log.js';
import { FailOpenGrants } from './commands/fail-open-grants.js';
import { PastGrants } from './commands/past-grants.js';
import { DecisionInputsReader } from './commands/decision-inputs-reader.js';
import { FailOpenLog } from './commands/fail-open-log.js';
import { Admissions } from './domain/admissions.js';
import { AdmissionsView } from './domain/admissions.view.js';
import { LimitsModule } from './limits.module.js';

/** Where grants are made, ended and written down. */
@Module({
  imports: [OrganisationModule, CapsModule, LimitsModule],
  providers: [
    provideView(AdmissionsView),
    { provide: Admissions, useFactory: ({ admissions }: AdmissionsView) => admissions, inject: [AdmissionsView] },
    AdmissionControl,
    DecisionInputsReader,
    PastGrants,
    FailOpenLog,
    DenialLog,
    FailOpenGrants,
  ],
  exports: [Admissions, AdmissionControl, DecisionInputsReader, PastGrants, DenialLog, FailOpenGrants],
})
export class AdmissionModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly heartbeat: Heartbeat,
    private readonly shutdown: Shutdown,
    private readonly clock: Clock,
    private readonly admissionControl: AdmissionControl,
    private readonly denials: DenialLog,
    private readonly failOpenGrants: FailOpenGrants,
  ) {}

  onModuleInit(): void {
    this.heartbeat.onBeat(() => {
      void this.writeDown();
      this.admissionControl.sweep().catch(leftForNextBeat);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.shutdown.part(() => this.admissionControl.settled());
    await this.writeDown();
  }

  /** If the log cannot be reached at the end, denials are lost as at a kill, and grants stand in the service's own log. */
  private async writeDown(): Promise<void> {
    await Promise.all([
      this.denials.flush(this.clock.now()).catch(leftForNextBeat),
      this.failOpenGrants.record().catch(leftForNextBeat),
    ]);
  }
}

/** The log says by itself that it has failed; while it cannot be reached, the next beat tries again. */
const leftForNextBeat = (): void => undefined;
