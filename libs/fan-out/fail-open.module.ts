import { Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { DirectoryModule } from '#directory/directory.module.js';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { AdmissionModule } from './admission.module.js';
import { AdmissionControl } from './commands/admission-control.js';
import { failOpenHandlers } from './commands/fail-open.handlers.js';
import { FailOpenFanOuts } from './commands/fail-open-fan-outs.js';
import { FailOpenGrants } from './commands/fail-open-grants.js';
import { FailOpenLog } from './commands/fail-open-log.js';
import { RecordFailOpenGrants } from './sagas/record-fail-open-grants.saga.js';

/** The outage mode: grants while the event store is away, written down when it is back. */
@Module({
  imports: [DirectoryModule, AdmissionModule],
  providers: [FailOpenLog, FailOpenGrants, FailOpenFanOuts, ...failOpenHandlers, RecordFailOpenGrants],
  exports: [FailOpenFanOuts],
})
export class FailOpenModule implements OnApplicationShutdown {
  constructor(
    private readonly shutdown: Shutdown,
    private readonly admissionControl: AdmissionControl,
    private readonly grants: FailOpenGrants,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.shutdown.part(() => this.admissionControl.settled());
    // If the store is away at the end, grants stand in the service's own log.
    await this.grants.record().catch(() => undefined);
  }
}
