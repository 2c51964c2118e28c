import type { Provider } from '@nestjs/common';
import { SystemClock } from '#adapters/system/clock.js';
import { DenialLog } from '#application/fan-out/denial-log.js';
import { Estimates } from '#application/fan-out/estimates.js';
import { HeldMoney } from '#application/caps/held-money.js';
import { KnownIds } from '#application/directory/ids.js';
import { HeldByFanOuts } from '#application/fan-out/held-by-fan-outs.js';
import { IdsInLog } from '#application/fan-out/ids-in-log.js';
import { PeriodsNotClosed } from '#application/periods/periods-not-closed.js';
import { EventMoves } from '#application/sagas/moves.js';
import { OpenPeriods } from '#application/spend/open-periods.js';
import { GroupMoves } from './group-moves.js';
import { GrantedGroups } from '#application/fan-out/granted-groups.js';
import { GrantsWithoutStore } from '#application/fan-out/grants-without-store.js';
import { Standings } from '#application/fan-out/standings.js';
import { WithoutStoreLog } from '#application/fan-out/without-store-log.js';
import { AdmissionsView } from '#application/fan-out/admissions.view.js';
import { TaskCostsView } from '#application/fan-out/task-costs.view.js';
import { Feed } from '#application/feed/feed.js';
import { FanOutGroups } from '#application/metering/fan-out-groups.js';
import { Admissions } from '#domain/fan-out/admissions.js';
import { TaskCosts } from '#domain/fan-out/task-costs.js';
import { OrganisationView } from '#domain/organisation/organisation.view.js';
import { Fold } from '#event-sourcing/fold.js';
import { OwnStream } from '#application/metering/own-stream.js';
import { Clock, WatchedClock } from '#ports/clock.js';
import { EventLog } from '#ports/event-log.js';
import { PlaceIndex } from '#ports/place-index.js';
import { Snapshots } from '#ports/snapshots.js';
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
