import { Global, Module } from '@nestjs/common';
import { AccessModule } from '#access/access.module.js';
import { Access } from '#access/http/access.js';
import { HeldMoney } from '#caps/queries/held-money.js';
import { GroupFacts } from '#directory/queries/group-facts.js';
import { KnownIds } from '#directory/queries/ids.js';
import { EventMoves } from '#event-sourcing/sagas/moves.js';
import { FanOutModule } from '#fan-out/fan-out.module.js';
import { GrantedGroups } from '#fan-out/queries/granted-groups.js';
import { GroupFactsAsOfNow } from '#fan-out/queries/group-facts-as-of-now.js';
import { HeldByFanOuts } from '#fan-out/queries/held-by-fan-outs.js';
import { IdsInLog } from '#fan-out/queries/ids-in-log.js';
import { Callers } from '#http/caller.js';
import { MeteringModule } from '#metering/metering.module.js';
import { FanOutGroups } from '#metering/queries/fan-out-groups.js';
import { IngestMeter } from '#metering/http/metering.route.js';
import { MonthStanding } from '#metering/queries/month-standing.js';
import { CorrectionJobs } from '#metering/sagas/correction-jobs.js';
import { PeriodsModule } from '#periods/periods.module.js';
import { PeriodsNotClosed } from '#periods/queries/periods-not-closed.js';
import { Reratings } from '#prices/queries/reratings.js';
import { OpenPeriods } from '#spend/queries/open-periods.js';
import { SpendQueries } from '#spend/queries/spend.queries.js';
import { SpendModule } from '#spend/spend.module.js';
import { GroupMoves } from './group-moves.js';
import { Metrics } from './metrics.js';

/** Who answers what is asked through an interface: by a capability of those that come after it, by every route who calls. */
@Global()
@Module({
  imports: [AccessModule, MeteringModule, SpendModule, PeriodsModule, FanOutModule],
  providers: [
    { provide: Callers, useExisting: Access },
    { provide: Reratings, useExisting: CorrectionJobs },
    { provide: IngestMeter, useExisting: Metrics },
    { provide: MonthStanding, useExisting: SpendQueries },
    { provide: OpenPeriods, useExisting: PeriodsNotClosed },
    { provide: FanOutGroups, useExisting: GrantedGroups },
    { provide: HeldMoney, useExisting: HeldByFanOuts },
    { provide: GroupFacts, useExisting: GroupFactsAsOfNow },
    { provide: KnownIds, useExisting: IdsInLog },
    { provide: EventMoves, useClass: GroupMoves },
  ],
  exports: [
    Callers,
    Reratings,
    IngestMeter,
    MonthStanding,
    OpenPeriods,
    FanOutGroups,
    HeldMoney,
    GroupFacts,
    KnownIds,
    EventMoves,
  ],
})
export class AnswersModule {}
