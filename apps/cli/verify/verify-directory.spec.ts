import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import fc from 'fast-check';
import { MemoryEventLog } from '#event-log-memory/event-log.js';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { MemorySnapshots } from '#event-log-memory/snapshots.js';
import { SystemClock } from '#system-clock/clock.js';
import { manifestIn } from '#event-sourcing/feed/snapshotter.js';
import { triggerNames } from '#metering/domain/record-values.js';
import type { MeteringRecord } from '#metering/domain/metering-record.js';
import { calendarOf } from '#kernel/calendar.js';
import { formatInstant } from '#kernel/instants.js';
import { meteredLog } from '#test/support/metered-log.js';
import type { MeteredLog } from '#test/support/metered-log.js';
import { runs } from '#test/support/runs.js';
import { type FoldedViews, restoredViews } from '#test/support/fold-views.js';
import { createFindings } from './findings.js';
import type { ServedSpend } from './served-spend.js';
import { verifyOpened } from './verify-directory.js';

// The clocks of these change in every way there is: over midnight, by half an hour, by a whole day.
const zones = ['UTC', 'Pacific/Auckland', 'America/St_Johns', 'Asia/Kathmandu', 'America/Havana', 'Pacific/Apia'];
const name = (...names: readonly string[]) => fc.constantFrom(...names);
const maybe = (...names: readonly string[]) => fc.constantFrom(undefined, ...names);

/** Few identities and few contents, so that repeats come, some the same and some not. */
const record: fc.Arbitrary<MeteringRecord> = fc
  .record({
    source: name('cowork', 'ci'),
    id: fc.nat({ max: 12 }).map(String),
    taskId: name('t1', 't2'),
    parentTaskId: maybe('t0'),
    userId: name('ana', 'bo', 'Zoë'),
    groupId: maybe('eng', 'ops'),
    occurredAt: fc
      .integer({ min: 0, max: 4_000 })
      .map((hour) => formatInstant(1_790_000_000_000 + hour * millisecondsInHour)),
    model: maybe('claude-sonnet-5-5', 'claude-haiku-5-5-20261007', 'in-house'),
    batch: fc.constantFrom(undefined, true),
    costMicros: fc.option(fc.nat({ max: 5_000_000 }), { nil: undefined, freq: 2 }),
    usage: fc.record({
      inputTokens: fc.nat({ max: 200_000 }),
      outputTokens: fc.nat({ max: 3 }),
      cacheReadTokens: fc.nat(),
    }),
    trigger: fc.constantFrom(undefined, ...triggerNames),
    scheduleId: maybe('nightly'),
    skill: maybe('triage', 'review'),
    plugin: maybe('tools@3'),
    connector: maybe('crm'),
    durationMs: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    labels: fc.option(fc.dictionary(name('project', 'costCenter', 'colour'), name('atlas', 'eng-1'), { maxKeys: 2 }), {
      nil: undefined,
    }),
  })
  .map((given): MeteringRecord => {
    const { trigger, ...texts } = given;
    return { ...texts, ...(trigger !== undefined && { trigger }) };
  });

type Step = (log: MeteredLog) => Promise<unknown>;
const anyId = fc.tuple(name('cowork', 'ci'), fc.nat({ max: 12 }).map(String));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(record, { minLength: 1, maxLength: 12 }).map(
      (records): Step =>
        (log) =>
          log.meter(records),
    ),
  },
  {
    weight: 2,
    arbitrary: anyId.map(
      ([source, id]): Step =>
        (log) =>
          log.void(source, id),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(anyId, name('eng', 'fin')).map(
      ([[source, id], group]): Step =>
        (log) =>
          log.reattribute(source, id, group),
    ),
  },
  {
    weight: 1,
    arbitrary: name('t1', 't2').map(
      (taskId): Step =>
        (log) =>
          log.append('metering-main', {
            type: 'TaskFinished',
            data: { taskId, status: 'failed', at: '2026-11-20T00:00:00.000Z' },
          }),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((log) => log.snapshot()) },
);

const inMemory = async (zone: string) => {
  const log = new MemoryEventLog(new SystemClock());
  const index = new MemoryLocationIndex();
  const snapshots = new MemorySnapshots();
  const metered = await meteredLog({ log, index, snapshots, views: restoredViews(snapshots, index) });
  await metered.fix(zone);
  /** @param spoil what has gone wrong with the views that are verified */
  const verified = async (spoil: (views: FoldedViews) => void = () => undefined, served?: ServedSpend) => {
    const restored = new MemoryLocationIndex(manifestIn(snapshots));
    const snapshotPosition = snapshots.position();
    const close = () => Promise.resolve();
    const views = restoredViews(snapshots, restored);
    const standing = {
      views: views.all,
      fold: views.fold,
      index: restored,
      snapshotPosition,
      damage: undefined,
      close,
    };
    spoil(views);
    const findings = createFindings();
    return verifyOpened({ log, head: await log.head(), standing, close }, served, findings, () => undefined);
  };
  return { log, metered, verified };
};

describe('verify', () => {
  it('finds that the views hold what the log says, whatever was metered, corrected and snapshotted', async () => {
    await fc.assert(
      fc.asyncProperty(name(...zones), fc.array(step, { minLength: 1, maxLength: 12 }), async (zone, steps) => {
        const { log, metered, verified } = await inMemory(zone);
        for (const next of steps) await next(metered);
        const { findings, plain, views, events } = await verified();
        assert.deepEqual(findings.listed, []);
        assert.equal(views?.hash, plain.hash);
        assert.equal(
          [...events.values()].reduce((sum, count) => sum + count, 0),
          await log.head(),
        );
        await metered.stop();
      }),
      { numRuns: runs(30, 3_000) },
    );
  });

  it('says that it has not compared a service that shows more than the log has on disk', async () => {
    const { log, metered, verified } = await inMemory('Europe/Berlin');
    const served = { position: (await log.head()) + 1, groups: new Map(), complete: true, totalMicros: 0n };
    const { findings, servedAt } = await verified(undefined, served);
    assert.equal(servedAt, undefined);
    assert.match(findings.listed.map(({ what }) => what).join(), /was not compared/);
    await metered.stop();
  });

  it('counts what stands in the log', async () => {
    const { metered, verified } = await inMemory('Europe/Berlin');
    const usage = {
      inputTokens: 1_000_000,
      outputTokens: 2,
      cacheReadTokens: 3,
      cacheWrite5mTokens: 4,
      cacheWrite1hTokens: 5,
    };
    const task = {
      source: 'ci',
      taskId: 't',
      userId: 'ana',
      occurredAt: '2026-11-20T14:00:00Z',
      model: 'in-house',
      usage,
    };
    await metered.meter([
      { ...task, id: '1', groupId: 'eng' },
      { ...task, id: '2', costMicros: 7 },
      { ...task, id: '1', groupId: 'eng' },
      { ...task, id: '1', groupId: 'ops' },
    ]);
    await metered.reattribute('ci', '2', 'ops');
    await metered.void('ci', '1');

    const { recount, findings } = await verified();

    assert.deepEqual(findings.listed, []);
    assert.deepEqual(recount.counts, { records: 2, duplicates: 1, conflicts: 1, voids: 1, corrections: 1 });
    assert.deepEqual([...recount.spend.byGroup()], [['ops', { spentMicros: 7n, records: 1, unpricedMicros: 0n }]]);
    assert.deepEqual(recount.tokens.bySource(), [
      ['ci', { input: 1_000_000n, output: 2n, cacheRead: 3n, cacheWrite: 9n }],
    ]);
    await metered.stop();
  });

  const task: MeteringRecord = {
    source: 'ci',
    id: '1',
    taskId: 't',
    userId: 'ana',
    occurredAt: '2026-11-20T14:00:00Z',
    costMicros: 10,
  };
  const wrong: Readonly<Record<string, { plant: Step; what: RegExp }>> = {
    'a correction that begins at another charge': {
      what: /correction of \["ci","1"\] at position 4 begins at another charge/,
      plant: async (log) => {
        const row = await log.correctionOf('ci', '1', null);
        assert.ok(row);
        const before = { ...row.before, costMicros: 9 };
        return log.append('corrections', { type: 'RecordVoided', data: { rows: [{ ...row, before }] } });
      },
    },
    'a correction that names another user': {
      what: /has another userId/,
      plant: async (log) => {
        const row = await log.correctionOf('ci', '1', null);
        return log.append('corrections', { type: 'RecordVoided', data: { rows: [{ ...row, userId: 'bo' }] } });
      },
    },
    'a correction of a void record': {
      what: /begins at another charge/,
      plant: async (log) => {
        const row = await log.correctionOf('ci', '1', null);
        const voided = { type: 'RecordVoided', data: { rows: [row] } };
        await log.append('corrections', voided);
        return log.append('corrections', voided);
      },
    },
    'a correction of a record that was never metered': {
      what: /which was never metered/,
      plant: async (log) => {
        const row = await log.correctionOf('ci', '1', null);
        return log.append('corrections', { type: 'RecordVoided', data: { rows: [{ ...row, id: '2' }] } });
      },
    },
    'a currency that changed after the first record': {
      what: /CurrencyChosen at position 4, after the first record/,
      plant: (log) => log.append('organisation', { type: 'CurrencyChosen', data: { currency: 'EUR' } }),
    },
    'an event that does not fit its schema': {
      what: /TaskFinished at position 4 does not fit its schema: data.status/,
      plant: (log) =>
        log.append('metering-main', {
          type: 'TaskFinished',
          data: { taskId: 't', status: 'vanished', at: '2026-11-20T00:00:00.000Z' },
        }),
    },
    'a re-rating with a wrong cost': {
      what: /rating of \["ci","2"\] at position 5/,
      plant: async (log) => {
        await log.meter([
          {
            source: 'ci',
            id: '2',
            taskId: 't',
            userId: 'ana',
            occurredAt: '2026-11-20T14:00:00Z',
            model: 'claude-sonnet-5',
            usage: { outputTokens: 1_000 },
          },
        ]);
        const charge = await log.charge('ci', '2');
        assert.equal(charge?.costMicros, 10_000);
        const row = await log.correctionOf('ci', '2', { ...charge, costMicros: 9_999 });
        return log.append('corrections', {
          type: 'RecordsCorrected',
          data: { jobId: 'j', rows: [row], scannedPosition: 4 },
        });
      },
    },
  };
  for (const [title, { plant, what }] of Object.entries(wrong)) {
    it(`names ${title}`, async () => {
      const { metered, verified } = await inMemory('UTC');
      await metered.meter([task]);
      await plant(metered);
      const { findings } = await verified();
      assert.ok(
        findings.listed.some((finding) => what.test(finding.what)),
        JSON.stringify(findings.listed),
      );
      await metered.stop();
    });
  }

  it('names an hour of a user that the views have wrong', async () => {
    const { metered, verified } = await inMemory('UTC');
    await metered.meter([{ ...task, groupId: 'eng' }]);
    const hour = Date.UTC(2026, 10, 20, 14) / millisecondsInHour;
    const { findings } = await verified(({ spend: { lastHours, names } }) => {
      lastHours.add(names.numberOf('eng'), names.numberOf('ana'), hour, 5, 0);
    });
    const what = 'spend of ana in eng in the hour from 2026-11-20T14:00:00.000Z';
    assert.deepEqual(findings.listed, [{ what, expected: '10 micros, 1 records', found: '15 micros, 1 records' }]);
    await metered.stop();
  });

  it('names days that the kernel has wrong, and with it every view', async () => {
    const { metered, verified } = await inMemory('Europe/Berlin');
    const calendar = calendarOf('Europe/Berlin');
    const { dayOf } = calendar;
    // As if summer time ended a day late: at 23:30 the next day has begun.
    const summerEndsMs = Date.UTC(2026, 9, 25, 1);
    const isFaulty = (ms: number): boolean => ms >= summerEndsMs && ms < summerEndsMs + millisecondsInDay;
    const fault = jest
      .spyOn(calendar, 'dayOf')
      .mockImplementation((ms) => dayOf(isFaulty(ms) ? ms + millisecondsInHour : ms));
    await metered.meter([
      { ...task, groupId: 'eng', occurredAt: '2026-10-25T21:59:59.999Z' },
      { ...task, groupId: 'eng', occurredAt: '2026-10-25T22:30:00Z', id: '2' },
    ]);
    const { findings } = await verified();
    fault.mockRestore();
    assert.deepEqual(
      findings.listed.filter(({ what }) => what.includes('by user')),
      [
        {
          what: 'spend of eng in 2026-10-25 by user "ana"',
          expected: '20 micros, 2 records, 0 unpriced',
          found: '10 micros, 1 records, 0 unpriced',
        },
        {
          what: 'spend of eng in 2026-10-26 by user "ana"',
          expected: 'nothing',
          found: '10 micros, 1 records, 0 unpriced',
        },
      ],
    );
    await metered.stop();
  });

  it('takes a repeat that differs in any one field for a conflict, as the views do', async () => {
    const { metered, verified } = await inMemory('UTC');
    const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 1, cacheWrite5mTokens: 1, cacheWrite1hTokens: 1 };
    const other: readonly Partial<MeteringRecord>[] = [
      { taskId: 't2' },
      { parentTaskId: 't0' },
      { userId: 'bo' },
      { groupId: 'eng' },
      { occurredAt: '2026-11-20T14:00:00.001Z' },
      { costMicros: 11 },
      { model: 'claude-sonnet-5' },
      { batch: true },
      ...Object.keys(usage).map((kind) => ({ usage: { ...usage, [kind]: 2 } })),
      { trigger: 'dispatch' },
      { scheduleId: 's' },
      { fanOutId: 'f' },
      { skill: 'triage' },
      { plugin: 'p' },
      { connector: 'c' },
      { tool: 'search' },
      { durationMs: 0 },
      { sourceCount: 0 },
    ];
    const whole = { ...task, usage };
    await metered.meter([whole, whole, ...other.map((change) => ({ ...whole, ...change }))]);
    const { findings, recount } = await verified();
    assert.deepEqual(findings.listed, []);
    assert.deepEqual(recount.counts, { records: 1, duplicates: 1, conflicts: other.length, voids: 0, corrections: 0 });
    await metered.stop();
  });

  it('tells of event types it does not know, and goes on', async () => {
    const { metered, verified } = await inMemory('UTC');
    await metered.append('other-eng', { type: 'OfAnotherVersion', data: { micros: 1 } });
    await metered.meter([task]);
    const { findings, unknownTypes, recount } = await verified();
    assert.deepEqual(findings.listed, []);
    assert.deepEqual(unknownTypes, ['OfAnotherVersion']);
    assert.equal(recount.counts.records, 1);
    await metered.stop();
  });
});
