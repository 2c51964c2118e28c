import { Global, Module } from '@nestjs/common';
import { AccessModule } from '#access/access.module.js';
import { Access } from '#access/http/access.js';
import { FanOutFactsModule } from '#fan-out/fan-out-facts.module.js';
import { fanOutBindings } from '#fan-out/fan-out.bindings.js';
import { Callers } from '#http/caller.js';
import { CorrectionsModule } from '#metering/corrections.module.js';
import { MeteringModule } from '#metering/metering.module.js';
import { IngestMeter } from '#metering/http/metering.route.js';
import { MonthStatus } from '#metering/queries/month-status.js';
import { ReratingJobs } from '#metering/commands/rerating-jobs.js';
import { PeriodsModule } from '#periods/periods.module.js';
import { PeriodsNotClosed } from '#periods/queries/periods-not-closed.js';
import { Reratings } from '#prices/queries/reratings.js';
import { OpenPeriods } from '#spend/queries/open-periods.js';
import { SpendQueries } from '#spend/queries/spend.queries.js';
import { SpendModule } from '#spend/spend.module.js';
import { Metrics } from './metrics.js';

const answers = [
  { provide: Callers, useExisting: Access },
  { provide: Reratings, useExisting: ReratingJobs },
  { provide: IngestMeter, useExisting: Metrics },
  { provide: MonthStatus, useExisting: SpendQueries },
  { provide: OpenPeriods, useExisting: PeriodsNotClosed },
  ...fanOutBindings,
];

/** Who answers what is asked through an interface: by a capability of those that come after it, by every route who calls. */
@Global()
@Module({
  imports: [AccessModule, MeteringModule, CorrectionsModule, SpendModule, PeriodsModule, FanOutFactsModule],
  providers: answers,
  exports: answers.map(({ provide }) => provide),
})
export class PortBindingsModule {}
