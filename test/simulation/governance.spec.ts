import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import fc from 'fast-check';
import { formatInstant, formatPeriod } from '#kernel/instants.js';
import { isRefusal } from '#kernel/refusal.js';
import { alertIdOf } from '#alerts/domain/alert-key.js';
import type { CapSettings } from '#caps/domain/caps.events.js';
import { thresholdsReached } from '#caps/domain/thresholds.js';
import { assertOncePerEpisode } from '#test/support/alert-walk.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { assertSealed, type Governed, startGoverned } from './governed.js';
import { type Disk, emptyDisk } from './process.js';
import { everyEvent } from './replays.js';

const beginsMs = Date.UTC(2025, 11, 20, 9);
const groups = ['eng', 'ops'] as const;
const users = ['ana', 'bo', 'cy', 'dee'] as const;
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };

interface Metered {
  readonly group: (typeof groups)[number];
  readonly user: (typeof users)[number];
  readonly daysAgo: number;
  readonly costMicros: number;
}

type Step =
  | { readonly type: 'meter'; readonly records: readonly Metered[]; readonly twice: boolean }
  | { readonly type: 'void'; readonly which: number }
  | { readonly type: 'policy'; readonly group: string | null; readonly settings: Partial<CapSettings> }
  | { readonly type: 'topUp'; readonly group: string; readonly amountMicros: number }
  | { readonly type: 'close'; readonly monthsAgo: number }
  | { readonly type: 'crash'; readonly snapshotLost: boolean }
  | { readonly type: 'snapshot' }
  | { readonly type: 'wait'; readonly hours: number };

const metered = fc.record({
  group: fc.constantFrom(...groups),
  user: fc.constantFrom(...users),
  daysAgo: fc.oneof(fc.constant(0), fc.nat(70)),
  costMicros: fc.nat(500),
});
// As parsed from JSON: the events of a process that lives hold these very objects, and those of the others copies.
const plain = { noNullPrototype: true };
const settings: fc.Arbitrary<Partial<CapSettings>> = fc.oneof(
  fc.record({ policy: fc.record({ kind: fc.constant('fixed' as const), capMicros: fc.nat(1_500) }, plain) }),
  fc.record({
    policy: fc.record(
      { kind: fc.constant('priorMonthMultiple' as const), multipleBasisPoints: fc.constantFrom(5_000, 13_000, 30_000) },
      plain,
    ),
  }),
  fc.record({ thresholdsBasisPoints: fc.subarray([2_500, 5_000, 8_000, 10_000], { minLength: 1 }) }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('meter' as const),
      records: fc.array(metered, { minLength: 1, maxLength: 6 }),
      twice: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('void' as const), which: fc.nat(40) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('policy' as const), group: fc.constantFrom(...groups, null), settings }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('topUp' as const),
      group: fc.constantFrom(...groups),
      amountMicros: fc.integer({ min: 1, max: 500 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('close' as const), monthsAgo: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const), snapshotLost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ type: 'snapshot' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 24 * 40 }) }),
  },
);

/** A year in the life of one deployment, and what has to hold after every step of it. */
const createYear = async () => {
  const disk: Disk = emptyDisk(beginsMs);
  let process = await startGoverned(disk);
  const sent: { readonly id: string; readonly occurredAtMs: number; readonly record: Metered }[] = [];
  const voided = new Set<string>();
  const finals = new Map<string, string>();
  let commands = 0;
  const meta = (reason = 'a test') => ({
    commandId: `year-${String(++commands)}`,
    nowMs: disk.clock.now(),
    actor: caller.actor,
    reason,
  });

  const meter = async (records: readonly Metered[], twice: boolean): Promise<void> => {
    const request = records.map((record) => {
      const id = `r${String(sent.length)}`;
      const occurredAtMs = disk.clock.now() - record.daysAgo * millisecondsInDay;
      sent.push({ id, occurredAtMs, record });
      const { group: groupId, user: userId, costMicros } = record;
      return { source: 'sim', id, taskId: id, userId, groupId, costMicros, occurredAt: formatInstant(occurredAtMs) };
    });
    const { rejected } = await process.ingest.accept(request, caller);
    assert.deepEqual(rejected, []);
    if (twice) assert.equal((await process.ingest.accept(request, caller)).duplicates, request.length);
  };

  const restart = async (snapshotLost: boolean): Promise<void> => {
    await process.kill();
    if (snapshotLost) await disk.snapshots.clear();
    process = await startGoverned(disk);
  };

  const take = async (next: Step): Promise<void> => {
    switch (next.type) {
      case 'meter':
        return meter(next.records, next.twice);
      case 'void': {
        const { id } = sent.at(next.which % Math.max(1, sent.length)) ?? { id: 'none' };
        if (!isRefusal(await process.metering.voidRecord('sim', id, meta()))) voided.add(id);
        return;
      }
      case 'policy':
        await process.capPolicies.set(next.group, next.settings, false, meta());
        return;
      case 'topUp': {
        const period = process.views.organisation.calendar().periodOf(disk.clock.now());
        await process.capPolicies.topUp(next.group, period, next.amountMicros, meta());
        return;
      }
      case 'close':
        await process.closePeriod(
          process.views.organisation.calendar().periodOf(disk.clock.now()) - next.monthsAgo,
          meta(),
        );
        return;
      case 'crash':
        return restart(next.snapshotLost);
      case 'snapshot':
        return process.snapshot();
      case 'wait':
        // In steps of half a day: a process that is there sees a month end.
        for (let hours = next.hours; hours > 0; hours -= 12) {
          disk.clock.advance(Math.min(hours, 12) * millisecondsInHour);
          process.tick();
          await process.rest();
        }
    }
  };

  const counted = () => sent.filter(({ id }) => !voided.has(id));
  const sumOf = (list: ReturnType<typeof counted>): number =>
    list.reduce((sum, { record }) => sum + record.costMicros, 0);

  /** Laws 1 and 8: every month has what occurred in it; closed statements stay; all statements are all records. */
  const checkMoney = async (): Promise<void> => {
    const calendar = process.views.organisation.calendar();
    const first = calendar.periodOf(beginsMs - 71 * millisecondsInDay);
    const last = calendar.periodOf(disk.clock.now());
    let statements = 0;
    for (let period = first; period <= last; period++) {
      const own = counted().filter(({ occurredAtMs }) => calendar.periodOf(occurredAtMs) === period);
      for (const group of groups) {
        assert.equal(process.caps.spent(group, period), sumOf(own.filter(({ record }) => record.group === group)));
      }
      assert.equal(process.caps.spent(null, period), sumOf(own));
      const statement = await process.statements.statement(period, true);
      statements += Number(statement.totalMicros);
      if (statement.status === 'provisional') continue;
      const text = JSON.stringify(statement);
      assert.equal(text, finals.get(statement.period) ?? text, 'a final statement is the same for ever');
      finals.set(statement.period, text);
    }
    assert.equal(statements, sumOf(counted()), 'all statements together are all records');
  };

  /** Law 9: the cap in force names the policy that made it, and follows from its basis. */
  const checkCaps = (): void => {
    const nowMs = disk.clock.now();
    const period = process.views.organisation.calendar().periodOf(nowMs);
    for (const group of groups) {
      const scope = process.views.caps.scope(group);
      const cap = process.caps.inForce(group, period, nowMs);
      assert.ok(cap !== undefined);
      assert.equal(cap.policyVersion, scope.policyVersion);
      const recorded = process.views.caps.recorded(group, formatPeriod(period));
      if (cap.derived.capMicros !== null) {
        assert.equal(recorded?.capMicros, cap.derived.capMicros, 'what is in force is written down');
        assert.equal(recorded.policyVersion, scope.policyVersion);
        assert.deepEqual(recorded.policy, scope.state.settings.policy);
      }
    }
  };

  /** Law 10: what holds is open, what does not is not, and nothing is open twice or raised while it is open. */
  const checkAlerts = async (): Promise<void> => {
    const nowMs = disk.clock.now();
    const period = process.views.organisation.calendar().periodOf(nowMs);
    for (const group of groups) {
      const cap = process.caps.inForce(group, period, nowMs);
      const { thresholdsBasisPoints } = process.views.caps.scope(group).state.settings;
      const reached =
        cap === undefined || cap.capMicros === null
          ? []
          : thresholdsReached(cap.spentMicros, cap.capMicros, thresholdsBasisPoints);
      const open = process.views.alerts.openOf(group).filter(({ type }) => type === 'capThreshold');
      assert.deepEqual(
        open.map(({ alertId }) => alertId).sort(),
        reached
          .map((share) =>
            alertIdOf({
              type: 'capThreshold',
              groupId: group,
              userId: null,
              period: formatPeriod(period),
              threshold: share / 10_000,
            }),
          )
          .sort(),
      );
    }
    assertOncePerEpisode(await everyEvent(disk));
  };

  return {
    take,
    process: () => process,
    disk,
    rest: () => process.rest(),
    async check(): Promise<void> {
      process.tick();
      await process.rest();
      await checkMoney();
      checkCaps();
      await checkAlerts();
    },
    /** Law 12: whoever changes something is named, with the time and the cause, and the seals vouch for the log. */
    async checkAudit(): Promise<void> {
      for (const { meta: said, type } of await everyEvent(disk)) {
        assert.match(said.actor, /^(apiKey|system):./, type);
        assert.ok(said.commandId.length > 0 && !Number.isNaN(Date.parse(said.now)), type);
      }
      await assertSealed(disk);
    },
    end: () => process.kill(),
  };
};

const seeded = async (
  steps: fc.Arbitrary<readonly Step[]>,
  run: (steps: readonly Step[]) => Promise<void>,
  [short, long]: readonly [number, number],
): Promise<void> => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  diagnostic(`seed ${String(seed)}`);
  await fc.assert(fc.asyncProperty(steps, run), { seed, numRuns: runs(short, long), includeErrorInReport: true });
};

describe('a year of caps, alerts and months', () => {
  it('laws 1, 8, 9, 10 and 12 hold after every step, whatever happens', () =>
    seeded(
      fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }),
      async (steps) => {
        const year = await createYear();
        for (const next of steps) {
          await year.take(next);
          await year.check();
        }
        await year.checkAudit();
        await year.end();
      },
      [200, 5_000],
    ));

  it('a second process that hears late, and wakes with an old view, raises nothing that another has resolved', () =>
    seeded(
      fc.array(step, { minLength: 5, maxLength: 20, size: 'max' }),
      async (steps) => {
        const year = await createYear();
        let second: Governed = await startGoverned({ ...year.disk, snapshots: emptyDisk(0).snapshots });
        for (const [at, next] of steps.entries()) {
          if (at % 3 === 0) second.log.hold();
          await year.take(next);
          second.tick();
          if (at % 3 === 2) {
            second.log.resume();
            await second.rest();
          }
        }
        second.log.resume();
        await second.feed.reached(await year.disk.log.head());
        await second.rest();
        await year.check();
        await second.kill();
        second = await startGoverned({ ...year.disk, snapshots: emptyDisk(0).snapshots });
        await second.rest();
        await year.check();
        await second.kill();
        await year.end();
      },
      [60, 2_000],
    ));
});
