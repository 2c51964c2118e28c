import { Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { CapsModule } from '#caps/caps.module.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { provideView } from '#event-sourcing/provide-view.js';
import { MeteringModule } from '#metering/metering.module.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { AdmissionControl } from './commands/admission-control.js';
import { DenialLog } from './commands/denial-log.js';
import { PastGrants } from './commands/past-grants.js';
import { DecisionInputsReader } from './commands/decision-inputs-reader.js';
import { RequestEnricher } from './commands/request-enricher.js';
import { StoredFanOuts } from './commands/stored-fan-outs.js';
import { TaskAncestors } from './commands/task-ancestors.js';
import { Admissions } from './domain/admissions.js';
import { AdmissionsView } from './domain/admissions.view.js';
import { EstimatesModule } from './estimates.module.js';
import { LimitsModule } from './limits.module.js';

/** Where grants are made, ended and written down. */
@Module({
  imports: [DirectoryModule, OrganisationModule, MeteringModule, CapsModule, LimitsModule, EstimatesModule],
  providers: [
    provideView(AdmissionsView),
    { provide: Admissions, useFactory: ({ admissions }: AdmissionsView) => admissions, inject: [AdmissionsView] },
    AdmissionControl,
    DecisionInputsReader,
    PastGrants,
    TaskAncestors,
    RequestEnricher,
    DenialLog,
    StoredFanOuts,
  ],
  exports: [Admissions, AdmissionControl, DecisionInputsReader, RequestEnricher, DenialLog, StoredFanOuts],
})
export class AdmissionModule implements OnApplicationShutdown {
  constructor(
    private readonly shutdown: Shutdown,
    private readonly clock: Clock,
    private readonly admissionControl: AdmissionControl,
    private readonly denials: DenialLog,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.shutdown.part(() => this.admissionControl.settled());
    // If the log cannot be reached at the end, denials are lost as at a kill: the log says by itself that it has failed.
    await this.denials.flush(this.clock.now()).catch(() => undefined);
  }
}
