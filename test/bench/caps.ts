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
import { Changes } from '#event-sourcing/changes.js';
import type { Evaluation, Wake } from '#event-sourcing/sagas/evaluation.js';
import { groupSpend, userSpend } from '#spend/domain/spend.slots.js';
import type { SpendView } from '#spend/domain/spend.view.js';
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
  const allMs = evaluate(sagas, { nowMs, everything: true, changes: new Changes() });
  const few = Float64Array.from({ length: rounds }, (_, round) => looked(sagas, views.spend, nowMs, round));
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

const looked = (sagas: readonly Evaluation[], { names }: SpendView, nowMs: number, round: number): number => {
  const changes = new Changes();
  for (let place = 0; place < touched; place++) {
    const number = round * touched + place;
    changes.add(groupSpend, groupId(number));
    changes.addPairs(userSpend).add(names.numberOf(groupId(number)), names.numberOf(userId(number)));
  }
  return evaluate(sagas, { nowMs, everything: false, changes });
};

/** Milliseconds until it is known what is due. */
const evaluate = (sagas: readonly Evaluation[], wake: Wake): number => {
  const startedMs = performance.now();
  for (const saga of sagas) exhaust(saga.evaluate(wake));
  return performance.now() - startedMs;
};

const exhaust = (due: Iterable<unknown>): void => {
  const iterator = due[Symbol.iterator]();
  while (iterator.next().done !== true);
};
