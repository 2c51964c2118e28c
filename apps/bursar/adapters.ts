import type { Provider } from '@nestjs/common';
import { SystemClock } from '#system-clock/clock.js';
import { DenialLog } from '#fan-out/commands/denial-log.js';
import { Estimates } from '#fan-out/commands/estimates.js';
import { HeldMoney } from '#caps/queries/held-money.js';
import { KnownIds } from '#directory/queries/ids.js';
import { HeldByFanOuts } from '#fan-out/queries/held-by-fan-outs.js';
import { IdsInLog } from '#fan-out/queries/ids-in-log.js';
import { PeriodsNotClosed } from '#periods/queries/periods-not-closed.js';
import { EventMoves } from '#event-sourcing/sagas/moves.js';
import { OpenPeriods } from '#spend/queries/open-periods.js';
import { GroupFacts } from '#directory/queries/group-facts.js';
import { GroupFactsAsOfNow } from '#fan-out/queries/group-facts-as-of-now.js';
import { MonthStanding } from '#metering/queries/month-standing.js';
import { CorrectionJobs } from '#metering/sagas/correction-jobs.js';
import { Reratings } from '#prices/queries/reratings.js';
import { SpendQueries } from '#spend/queries/spend.queries.js';
import { GroupMoves } from './group-moves.js';
import { GrantedGroups } from '#fan-out/queries/granted-groups.js';
import { GrantsWithoutStore } from '#fan-out/commands/grants-without-store.js';
import { Standings } from '#fan-out/commands/standings.js';
import { WithoutStoreLog } from '#fan-out/commands/without-store-log.js';
import { AdmissionsView } from '#fan-out/domain/admissions.view.js';
import { TaskCostsView } from '#fan-out/domain/task-costs.view.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { FanOutGroups } from '#metering/queries/fan-out-groups.js';
import { Admissions } from '#fan-out/domain/admissions.js';
import { TaskCosts } from '#fan-out/domain/task-costs.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { Fold } from '#event-sourcing/fold.js';
import { OwnStream } from '#metering/commands/own-stream.js';
import { Clock, WatchedClock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { PlaceIndex } from '#event-sourcing/ports/place-index.js';
import { Snapshots } from '#event-sourcing/ports/snapshots.js';
import { viewTypes } from './bursar.views.js';
import type { Config } from './config.js';
import { Metrics } from './metrics.js';
import { openStorage, Storage } from './storage.js';

/** Views are injected one by one; of those that fold into a thing of the domain, that one is injected. */
const viewProviders: Provider[] = [
  ...viewTypes.map((type): Provider => ({
    provide: type,
    useFactory: ({ fold }: Storage) => fold.views.find((view) => view instanceof type),
    inject: [Storage],
  })),
  { provide: Admissions, useFactory: ({ admissions }: AdmissionsView) => admissions, inject: [AdmissionsView] },
  { provide: FanOutGroups, useClass: GrantedGroups },
  { provide: HeldMoney, useClass: HeldByFanOuts },
  { provide: OpenPeriods, useClass: PeriodsNotClosed },
  { provide: GroupFacts, useClass: GroupFactsAsOfNow },
  { provide: MonthStanding, useExisting: SpendQueries },
  { provide: Reratings, useExisting: CorrectionJobs },
  { provide: KnownIds, useClass: IdsInLog },
  { provide: EventMoves, useClass: GroupMoves },
  { provide: TaskCosts, useFactory: ({ costs }: TaskCostsView) => costs, inject: [TaskCostsView] },
];

/** Which adapter stands behind each port. The one place that says so. */
export const adapters = (config: Config): Provider[] => [
  { provide: WatchedClock, useFactory: () => new SystemClock() },
  { provide: Clock, useExisting: WatchedClock },
  {
    provide: Storage,
    useFactory: (clock: WatchedClock, metrics: Metrics) =>
      openStorage(config, clock, (ms) => {
        metrics.flushed(ms);
      }),
    inject: [WatchedClock, Metrics],
  },
  { provide: EventLog, useFactory: ({ log }: Storage) => log, inject: [Storage] },
  { provide: Snapshots, useFactory: ({ snapshots }: Storage) => snapshots, inject: [Storage] },
  { provide: PlaceIndex, useFactory: ({ index }: Storage) => index, inject: [Storage] },
  { provide: Fold, useFactory: ({ fold }: Storage) => fold, inject: [Storage] },
  ...viewProviders,
  {
    provide: OwnStream,
    useFactory: ({ log, views, writer }: Storage, feed: Feed) =>
      new OwnStream(log, feed, views.meteringStreams, writer),
    inject: [Storage, Feed],
  },
  {
    provide: DenialLog,
    useFactory: ({ log, writer }: Storage) => new DenialLog(log, writer),
    inject: [Storage],
  },
  {
    provide: Estimates,
    useFactory: (organisation: OrganisationView, costs: TaskCosts) =>
      new Estimates(organisation, costs, config.defaultItemCostMicros),
    inject: [OrganisationView, TaskCosts],
  },
  {
    provide: GrantsWithoutStore,
    useFactory: (admissions: Admissions, fold: Fold, standings: Standings, log: WithoutStoreLog, clock: Clock) =>
      new GrantsWithoutStore(admissions, fold, standings, log, clock, config.whenUnavailable === 'allow'),
    inject: [Admissions, Fold, Standings, WithoutStoreLog, Clock],
  },
];
