import assert from 'node:assert/strict';
import { ResolveAlert } from '#alerts/commands/alerts.commands.js';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import fc from 'fast-check';
import { formatInstant } from '#kernel/instants.js';
import { isRefusal } from '#kernel/refusal.js';
import { runawayOf } from '#caps/domain/runaway.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { type Governed, startGoverned } from './governed.js';
import { type Disk, emptyDisk } from './process.js';
import { everyEvent } from './replays.js';

const usd = 1_000_000;
const beginsMs = Date.UTC(2026, 10, 20, 12, 30);
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
const alertId = 'userRunaway:eng:ana:*:*';

interface Spent {
  readonly id: string;
  readonly user: string;
  readonly occurredAtMs: number;
  readonly costMicros: number;
}

/** A deployment in which users of one group spend, and time passes. */
const createFleet = async (disk: Disk = emptyDisk(beginsMs)) => {
  let process: Governed = await startGoverned(disk);
  const spent = new Map<string, Spent>();
  let ids = 0;
  const meta = () => ({
    commandId: `c${String(++ids)}`,
    nowMs: disk.clock.now(),
    actor: caller.actor,
    reason: 'a test',
  });
  return {
    disk,
    spent,
    process: () => process,
    async meter(costMicros: number, hoursAgo = 0, user = 'ana'): Promise<string> {
      const id = `r${String(++ids)}`;
      const occurredAtMs = disk.clock.now() - hoursAgo * millisecondsInHour;
      const more = { source: 'sim', taskId: id, userId: user, groupId: 'eng', occurredAt: formatInstant(occurredAtMs) };
      const { rejected } = await process.ingest.accept([{ id, costMicros, ...more }], caller);
      assert.deepEqual(rejected, []);
      spent.set(id, { id, user, occurredAtMs, costMicros });
      await process.rest();
      return id;
    },
    async void(id: string): Promise<void> {
      if (!isRefusal(await process.metering.voidRecord('sim', id, meta()))) spent.delete(id);
      await process.rest();
    },
    async resolve(): Promise<void> {
      assert.ok(!isRefusal(await process.bus.execute(new ResolveAlert({ alertId }, meta()))));
      await process.rest();
    },
    async wait(hours: number): Promise<void> {
      disk.clock.advance(hours * millisecondsInHour);
      process.tick();
      await process.rest();
    },
    async restart(snapshotLost: boolean): Promise<void> {
      await process.kill();
      if (snapshotLost) await disk.snapshots.clear();
      process = await startGoverned(disk);
      await process.rest();
    },
    /** What has become of the alert: its events in the log, with the reason of each end. */
    async told(): Promise<readonly string[]> {
      const events = await everyEvent(disk);
      return events
        .filter(({ data }) => 'alertId' in data && data.alertId === alertId)
        .map(({ type, data }) => `${type} ${'because' in data ? String(data.because) : ''}`.trim());
    },
    end: () => process.kill(),
  };
};

type Fleet = Awaited<ReturnType<typeof createFleet>>;

/** A dollar on each of the days before today. */
const liveUsually = async (fleet: Fleet, days: number): Promise<void> => {
  for (let ago = 1; ago <= days; ago++) await fleet.meter(usd, 24 * ago + 13);
};

const inFleet = async (live: (fleet: Fleet) => Promise<void>): Promise<void> => {
  const fleet = await createFleet();
  await live(fleet);
  await fleet.end();
};

describe('a runaway user', () => {
  it('is told of once, not again while it holds, and it ends when the hours have passed', () =>
    inFleet(async (fleet) => {
      await liveUsually(fleet, 10);
      await fleet.meter(10 * usd);
      assert.deepEqual(await fleet.told(), [], 'exactly 10 times is not more');
      await fleet.meter(1);
      for (let more = 0; more < 5; more++) await fleet.meter(usd);
      assert.deepEqual(await fleet.told(), ['AlertRaised']);
      await fleet.wait(11);
      assert.deepEqual(await fleet.told(), ['AlertRaised']);
      await fleet.wait(12);
      assert.deepEqual(await fleet.told(), ['AlertRaised', 'AlertUpdated'], 'shown anew once a day');
      await fleet.wait(1);
      assert.deepEqual(await fleet.told(), ['AlertRaised', 'AlertUpdated', 'AlertResolved spendFell']);
      await fleet.meter(200 * usd);
      assert.equal((await fleet.told()).at(-1), 'AlertRaised', 'the next time is another episode');
    }));

  it('shows what was spent against what is usual, with neither a cap nor company', () =>
    inFleet(async (fleet) => {
      await liveUsually(fleet, 6);
      await fleet.meter(25 * usd, 2);
      const { views } = fleet.process();
      const alert = views.alerts.open(alertId);
      assert.deepEqual(
        [alert?.groupId, alert?.userId, alert?.period, alert?.threshold, alert?.severity],
        ['eng', 'ana', null, null, 'warning'],
      );
      assert.deepEqual(alert?.evidence, {
        last24HoursMicros: 25 * usd,
        medianDayMicros: usd,
        days: 6,
        times: 25,
        since: '2026-11-19T13:00:00.000Z',
      });
    }));

  it('is not claimed of somebody with four days of history', () =>
    inFleet(async (fleet) => {
      await liveUsually(fleet, 4);
      await fleet.meter(500 * usd);
      assert.deepEqual(await fleet.told(), []);
      await fleet.meter(usd, 24 * 5 + 13);
      assert.deepEqual(await fleet.told(), ['AlertRaised'], 'a late record of a fifth day is enough');
    }));

  it('ends when spend is taken back, and between 0.9 of the bar and the bar nothing changes', () =>
    inFleet(async (fleet) => {
      await liveUsually(fleet, 10);
      const nine = await fleet.meter(9 * usd);
      const more = await fleet.meter(2 * usd);
      assert.deepEqual(await fleet.told(), ['AlertRaised']);
      await fleet.void(more);
      assert.deepEqual(await fleet.told(), ['AlertRaised'], 'exactly 0.9 of the bar does not clear');
      await fleet.meter(usd);
      await fleet.void(nine);
      assert.deepEqual(await fleet.told(), ['AlertRaised', 'AlertResolved spendFell']);
    }));

  it('stays silent for a person who has resolved it, until it was false once', () =>
    inFleet(async (fleet) => {
      await liveUsually(fleet, 10);
      await fleet.meter(20 * usd);
      await fleet.resolve();
      await fleet.meter(20 * usd);
      await fleet.wait(1);
      const resolved = ['AlertRaised', 'AlertResolved person'];
      assert.deepEqual(await fleet.told(), resolved);
      await fleet.wait(24);
      assert.deepEqual(await fleet.told(), [...resolved, 'AlertUnmuted']);
      await fleet.meter(50 * usd);
      assert.deepEqual(await fleet.told(), [...resolved, 'AlertUnmuted', 'AlertRaised']);
    }));

  it('is told of once across restarts, and what was missed is made good', () =>
    inFleet(async (fleet) => {
      await liveUsually(fleet, 10);
      await fleet.meter(8 * usd, 3);
      await fleet.process().snapshot();
      await fleet.process().sagas.stop();
      await fleet.meter(4 * usd);
      assert.deepEqual(await fleet.told(), []);
      await fleet.restart(false);
      assert.deepEqual(await fleet.told(), ['AlertRaised']);
      await fleet.restart(true);
      await fleet.wait(1);
      assert.deepEqual(await fleet.told(), ['AlertRaised']);
    }));

  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        type: fc.constant('meter' as const),
        hoursAgo: fc.oneof(fc.nat(23), fc.nat(24 * 32)),
        costMicros: fc.constantFrom(1, usd, usd, usd, 2 * usd, 9 * usd, 10 * usd, 60 * usd),
        user: fc.constantFrom('ana', 'ana', 'bo'),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('void' as const), which: fc.nat(40) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const), snapshotLost: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ type: 'snapshot' as const }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 30 }) }) },
  );

  /** What the rule says of a user by going through all records. The organisation's days are those of UTC here. */
  const verdictOf = ({ spent, disk }: Fleet, user: string) => {
    const nowMs = disk.clock.now();
    const own = [...spent.values()].filter((record) => record.user === user);
    const sum = (from: number, to: number): bigint =>
      own
        .filter(({ occurredAtMs }) => occurredAtMs >= from && occurredAtMs < to)
        .reduce((total, { costMicros }) => total + BigInt(costMicros), 0n);
    const thisHour = Math.floor(nowMs / millisecondsInHour) * millisecondsInHour;
    const today = Math.floor(nowMs / millisecondsInDay) * millisecondsInDay;
    return runawayOf({
      last24HoursMicros: sum(thisHour - 23 * millisecondsInHour, thisHour + millisecondsInHour),
      dailyMicros: Array.from({ length: 28 }, (_, back) =>
        sum(today - (back + 1) * millisecondsInDay, today - back * millisecondsInDay),
      ),
    });
  };

  it('law 10: is open when it holds and gone when it is clear of it, whatever is metered, voided and lost', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    let raised = 0;
    const live = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), (steps) =>
      inFleet(async (fleet) => {
        await liveUsually(fleet, 4);
        for (const next of steps) {
          if (next.type === 'meter') await fleet.meter(next.costMicros, next.hoursAgo, next.user);
          else if (next.type === 'void') {
            await fleet.void([...fleet.spent.keys()].at(next.which % fleet.spent.size) ?? '');
          } else if (next.type === 'crash') await fleet.restart(next.snapshotLost);
          else if (next.type === 'snapshot') await fleet.process().snapshot();
          else await fleet.wait(next.hours);
          for (const user of ['ana', 'bo']) {
            const { holds, clears, evidence } = verdictOf(fleet, user);
            const isOpen = fleet.process().views.alerts.open(`userRunaway:eng:${user}:*:*`) !== undefined;
            if (holds || clears) assert.equal(isOpen, holds, `${user}: ${JSON.stringify(evidence)}`);
            raised += Number(holds);
          }
        }
        const told = (await fleet.told()).filter((what) => what !== 'AlertUpdated');
        told.forEach((what, at) => {
          assert.equal(what.startsWith('AlertRaised'), at % 2 === 0, 'raised and resolved take turns');
        });
      }),
    );
    return fc.assert(live, { seed, numRuns: runs(100, 5_000), includeErrorInReport: true }).then(() => {
      assert.ok(raised > 0, 'the rule was never met');
    });
  });
});
