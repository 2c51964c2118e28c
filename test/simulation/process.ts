import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemoryEventLog } from '#event-log-memory/event-log.js';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { MemorySnapshots } from '#event-log-memory/snapshots.js';
import { EventBus } from '@nestjs/cqrs';
import { Commands } from '#event-sourcing/commands/execute.js';
import { ChangePublisher } from '#event-sourcing/sagas/change-publisher.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { PutGroup, PutUser } from '#directory/commands/directory.commands.js';
import type { GroupName } from '#directory/domain/group.js';
import type { UserDetails } from '#directory/domain/user.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { Ids } from '#directory/queries/ids.js';
import { manifestIn, Snapshotter } from '#event-sourcing/feed/snapshotter.js';
import { FailOpenFanOuts } from '#fan-out/commands/fail-open-fan-outs.js';
import { FanOuts } from '#fan-out/commands/fan-outs.js';
import { StoredFanOuts } from '#fan-out/commands/stored-fan-outs.js';
import { Admissions } from '#fan-out/domain/admissions.js';
import { CorrectRecords } from '#metering/sagas/correct-records.saga.js';
import { FanOutGroups } from '#metering/queries/fan-out-groups.js';
import { FanOutSettings } from '#fan-out/fan-out.settings.js';
import { SetCapPolicy, TopUpCap } from '#caps/commands/caps.commands.js';
import type { CapSettings } from '#caps/domain/caps.events.js';
import { HeldMoney } from '#caps/queries/held-money.js';
import { KnownIds } from '#directory/queries/ids.js';
import { HeldByFanOuts } from '#fan-out/queries/held-by-fan-outs.js';
import { IdsInLog } from '#fan-out/queries/ids-in-log.js';
import { PeriodsNotClosed } from '#periods/queries/periods-not-closed.js';
import { OpenPeriods } from '#spend/queries/open-periods.js';
import { GrantedGroups } from '#fan-out/queries/granted-groups.js';
import { TaskCosts } from '#fan-out/domain/task-costs.js';
import { Fold } from '#event-sourcing/fold.js';
import { ReattributeRecords, VoidRecord } from '#metering/commands/corrections.commands.js';
import { MeterRecords } from '#metering/commands/metering.commands.js';
import type { MeteringCaller } from '#metering/commands/record-pipeline.js';
import type { Reattribution } from '#metering/domain/corrections.decider.js';
import { SingleWriterStream } from '#metering/commands/single-writer-stream.js';
import { Records } from '#metering/queries/records.js';
import { TaskQueries } from '#metering/queries/tasks.query.js';
import { ConfigureOrganisation } from '#organisation/commands/organisation.commands.js';
import type { OrganisationSettings } from '#organisation/domain/settings.js';
import type { Period } from '#kernel/days.js';
import type { CommandMeta } from '#kernel/decider.js';
import { formatPeriod } from '#kernel/instants.js';
import { type Publish, publishing } from '#prices/commands/prices.commands.js';
import { SpendQueries } from '#spend/queries/spend.queries.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { Snapshots } from '#event-sourcing/ports/snapshots.js';
import { WriterId } from '#event-sourcing/writer-id.js';
import { Assembly } from '#test/support/assembly.js';
import { commandBusOf } from '#test/support/command-bus.js';
import { queryBusOf } from '#test/support/query-bus.js';
import { eventBusOn, registerSagas } from '#test/support/event-bus.js';
import { restoredViews } from '#test/support/fold-views.js';
import { MortalLog } from './mortal-log.js';

/** A clock that stands still until somebody moves it. */
export class SimulatedClock extends Clock {
  constructor(private ms: number) {
    super();
  }
  now(): number {
    return this.ms;
  }
  advance(ms: number): void {
    this.ms += ms;
  }
}

/** What outlives a process. */
export interface Disk {
  readonly clock: SimulatedClock;
  readonly log: EventLog;
  readonly snapshots: Snapshots;
  /** What the process is called among those on the same log. */
  readonly writer?: string;
  /** How many ended fan-outs a process remembers; many if left out. */
  readonly endedFanOutsKept?: number;
  /** Whether several processes append to a log that does not know it; one if left out. */
  readonly isShared?: boolean;
  /** Whether fan-outs are granted while the log cannot be reached; not if left out. */
  readonly grantsWithoutStore?: boolean;
  /** Where records are found; in memory if left out. */
  readonly index?: LocationIndex;
}

export const emptyDisk = (beginsMs: number): Disk => {
  const clock = new SimulatedClock(beginsMs);
  return { clock, log: new MemoryEventLog(clock), snapshots: new MemorySnapshots() };
};

export type Process = Awaited<ReturnType<typeof startProcess>>;

/** What an item is expected to cost when nobody knows. */
const defaultItemMicros = 500;

// More turns than a write to the memory adapters takes.
const turnsOfAWrite = 3;

/** The whole service without its edge, made by hand on what the disk holds: resolves when the views have caught up. */
export const startProcess = async ({
  clock,
  log: stored,
  snapshots,
  writer = 'main',
  endedFanOutsKept,
  isShared,
  grantsWithoutStore = false,
  index = new MemoryLocationIndex(manifestIn(snapshots)),
}: Disk) => {
  const log = new MortalLog(stored, isShared);
  const views = restoredViews(snapshots, index, new Admissions(endedFanOutsKept));
  const assembly = new Assembly()
    .provide(EventLog, log)
    .provide(Clock, clock)
    .provide(LocationIndex, index)
    .provide(Snapshots, snapshots)
    .provide(WriterId, new WriterId(writer))
    .provide(FanOutSettings, new FanOutSettings(defaultItemMicros))
    .provide(Fold, views.fold)
    .provide(Admissions, views.admissions)
    .provide(TaskCosts, views.taskCosts.costs);
  for (const view of views.fold.views) assembly.provideInstance(view);
  const { get } = assembly;
  const feed = get(Feed);
  const snapshotter = get(Snapshotter);
  assembly
    .provide(FanOutGroups, get(GrantedGroups))
    .provide(HeldMoney, get(HeldByFanOuts))
    .provide(OpenPeriods, get(PeriodsNotClosed))
    .provide(KnownIds, get(IdsInLog));
  assembly.provide(FanOuts, grantsWithoutStore ? get(FailOpenFanOuts) : get(StoredFanOuts));
  const bus = commandBusOf(assembly);
  const queries = queryBusOf(assembly);
  const events = eventBusOn(bus);
  assembly.provide(EventBus, events);
  const lanes = get(SagaLanes);
  const changes = get(ChangePublisher);
  registerSagas(events, [get(CorrectRecords)]);

  await feed.start();
  snapshotter.start();
  get(SingleWriterStream).start();
  changes.start();

  let tellOfEnd: () => void = () => undefined;
  const ended = new Promise<undefined>((resolve) => {
    tellOfEnd = () => {
      resolve(undefined);
    };
  });
  return {
    get,
    provide: assembly.provide,
    make: assembly.make,
    log,
    index,
    ids: get(Ids),
    commands: get(Commands),
    views,
    feed,
    sagas: lanes,
    /** Time has passed. */
    tick(): void {
      changes.tick();
    },
    ingest: {
      accept: (records: readonly unknown[], caller: MeteringCaller) => bus.execute(new MeterRecords(records, caller)),
    },
    bus,
    queries,
    events,
    organisation: {
      configure: (settings: OrganisationSettings, meta: CommandMeta) =>
        bus.execute(new ConfigureOrganisation(settings, meta)),
    },
    directory: {
      putGroup: (data: GroupName, meta: CommandMeta) => bus.execute(new PutGroup(data, meta)),
      putUser: (data: UserDetails, meta: CommandMeta) => bus.execute(new PutUser(data, meta)),
    },
    capPolicies: {
      set: (groupId: string | null, settings: Partial<CapSettings>, overrideFirstQuarter: boolean, meta: CommandMeta) =>
        bus.execute(new SetCapPolicy({ groupId, settings, overrideFirstQuarter }, meta)),
      topUp: (groupId: string | null, period: Period, amountMicros: number, meta: CommandMeta) =>
        bus.execute(new TopUpCap({ groupId, period: formatPeriod(period), amountMicros }, meta)),
    },
    prices: { publish: (publish: Publish, meta: CommandMeta) => bus.execute(publishing(publish, meta)) },
    metering: {
      voidRecord: (source: string, id: string, meta: CommandMeta) => bus.execute(new VoidRecord({ source, id }, meta)),
      reattribute: (data: Reattribution, meta: CommandMeta) => bus.execute(new ReattributeRecords(data, meta)),
    },
    records: get(Records),
    tasks: get(TaskQueries),
    spend: get(SpendQueries),
    snapshot: () => snapshotter.take(),
    /** Resolves when the process has been killed. */
    ended,
    /** Ends it in the middle of whatever it does, and resolves when what is on its way to the disk is there or lost. */
    async kill(): Promise<void> {
      tellOfEnd();
      void lanes.stop();
      await log.die();
      for (let turn = 0; turn < turnsOfAWrite; turn++) await nextTurn();
    },
  };
};
