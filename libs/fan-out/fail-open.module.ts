import { Module } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { DirectoryModule } from '#directory/directory.module.js';
import { Heartbeat } from '#event-sourcing/lifecycle/heartbeat.js';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { AdmissionModule } from './admission.module.js';
import { AdmissionControl } from './commands/admission-control.js';
import { FailOpenFanOuts } from './commands/fail-open-fan-outs.js';
import { FailOpenGrants } from './commands/fail-open-grants.js';
import { FailOpenLog } from './commands/fail-open-log.js';

/** The outage mode: grants while the event store is away, written down when it is back. */
@Module({
  imports: [DirectoryModule, AdmissionModule],
  providers: [FailOpenLog, FailOpenGrants, FailOpenFanOuts],
  exports: [FailOpenFanOuts],
})
export class FailOpenModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly heartbeat: Heartbeat,
    private readonly shutdown: Shutdown,
    private readonly admissionControl: AdmissionControl,
    private readonly grants: FailOpenGrants,
  ) {}

  onModuleInit(): void {
    this.heartbeat.onBeat(() => {
      void this.record();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.shutdown.part(() => this.admissionControl.settled());
    await this.record();
  }

  /** While the store is away the next beat tries again; if it is at the end, grants stand in the service's own log. */
  private record(): Promise<void> {
    return this.grants.record().catch(() => undefined);
  }
}
