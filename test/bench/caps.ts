import { millisecondsInDay } from 'date-fns/constants';
import { MemoryEventLog } from '#event-log-memory/event-log.js';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { MemorySnapshots } from '#event-log-memory/snapshots.js';
import { SystemClock } from '#system-clock/clock.js';
import { DeriveCaps } from '#caps/sagas/derive-caps.saga.js';
import { WatchCaps } from '#caps/sagas/watch-caps.saga.js';
import { WatchPace } from '#caps/sagas/watch-pace.saga.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { noParts } from '#event-sourcing/feed/snapshotter.js';
import { MovedUsers } from '#event-sourcing/sagas/moved-users.js';
import type { Saga, Wake } from '#event-sourcing/sagas/saga.js';
import { rowsPerEvent } from '#metering/domain/metering.events.js';
import { Fold } from '#event-sourcing/fold.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { Assembly } from '#test/support/assembly.js';
import { foldedViews } from '#test/support/fold-views.js';
import { meteredLog } from '#test/support/metered-log.js';
import { percentiles } from './load.js';
import { milliseconds } from './report.js';
import type { Row } from './report.js';

const groups = 10_000;
const touched = 10;
const rounds = 2_000;

/** What it costs to evaluate caps after a batch when there are many groups, of which few have moved. */
export const capRows = async (): Promise<Row[]> => {
  const clock = new SystemClock();
  const nowMs = clock.now();
  const log = new MemoryEventLog(clock);
  const index = new MemoryLocationIndex(undefined);
  const views = foldedViews(index, noParts);
  const metered = await meteredLog({ log, index, snapshots: new MemorySnapshots(), views });
  for (let first = 0; first < groups; first += rowsPerEvent / 2) {
    await metered.meter(Array.from({ length: rowsPerEvent }, (_, row) => recordAt(2 * first + row, nowMs)));
  }
  const assembly = new Assembly().provide(EventLog, log).provide(Feed, metered.feed).provide(Fold, views.fold);
  for (const view of views.fold.views) assembly.provideInstance(view);
  const sagas = [assembly.get(DeriveCaps), assembly.get(WatchCaps), assembly.get(WatchPace)];
  // A service looks at everything when it starts.
  const allMs = evaluate(sagas, { nowMs, everything: true, groups: new Map(), users: new MovedUsers() });
  const few = Float64Array.from({ length: rounds }, (_, round) => looked(sagas, nowMs, round));
  await metered.stop();
  const { p50Ms, p99Ms } = percentiles(few);
  return [
    {
      workload: 'caps',
      what: `evaluating ${String(touched)} of ${groups.toLocaleString('en-US')} groups after a batch`,
      figure: `p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)}`,
      ceiling: `all ${groups.toLocaleString('en-US')} groups ${milliseconds(allMs)}`,
      ratio: p50Ms / allMs,
      goal: 'issue: under 2 ms',
      durability: 'in memory; nothing is told',
    },
  ];
};

const groupId = (number: number): string => `g-${String(number % groups)}`;
const userId = (number: number): string => `u-${String(number % groups)}`;

/** Two records a group: one a month ago, of which its cap is made, and one of now. */
const recordAt = (number: number, nowMs: number) => ({
  source: 'bench',
  id: `r-${String(number)}`,
  taskId: `t-${String(number)}`,
  userId: userId(number >> 1),
  groupId: groupId(number >> 1),
  costMicros: number % 2 === 0 ? 1_000_000 : 10_000,
  occurredAt: new Date(number % 2 === 0 ? nowMs - 31 * millisecondsInDay : nowMs).toISOString(),
});

const looked = (sagas: readonly Saga[], nowMs: number, round: number): number => {
  const moved = Array.from({ length: touched }, (_, place) => round * touched + place);
  const users = new MovedUsers();
  for (const number of moved) users.add(groupId(number), userId(number));
  const groups = new Map(moved.map((number) => [groupId(number), 'spend' as const]));
  return evaluate(sagas, { nowMs, everything: false, groups, users });
};

/** Milliseconds until it is known what is due. */
const evaluate = (sagas: readonly Saga[], wake: Wake): number => {
  const startedMs = performance.now();
  for (const saga of sagas) exhaust(saga.due(wake));
  return performance.now() - startedMs;
};

const exhaust = (steps: Iterable<unknown>): void => {
  const iterator = steps[Symbol.iterator]();
  while (iterator.next().done !== true);
};
