import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Micros } from '#kernel/money.js';
import { continued, everyEvent, linesOf, replayed } from '#test/simulation/replays.js';
import { createWorld } from '#test/simulation/world.js';
import type { World } from '#test/simulation/world.js';
import { apiOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import type { SentRecord } from '#test/support/generators.js';
import { startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

/** Waits until no correction runs. */
const corrected = async (api: Api): Promise<void> => {
  while ((await because(api)).includes('correctionRunning')) await wait(20);
};
const because = async (api: Api): Promise<readonly string[]> =>
  z.object({ provisionalBecause: z.array(z.string()) }).parse((await api.get('/spend')).body).provisionalBecause;

const dollarPerMillion = (dollars: number) => ({
  inputMicros: dollars * 1_000_000,
  outputMicros: dollars * 1_000_000,
  cacheReadMicros: dollars * 1_000_000,
  cacheWrite5mMicros: dollars * 1_000_000,
  cacheWrite1hMicros: dollars * 1_000_000,
});

describe('failures of others, over HTTP', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    await api.put('/organisation', { timeZone: 'Europe/Berlin' });
  });
  afterAll(() => service.dispose());

  it('F4: late and duplicate records around a month change count in the month in which they occurred', async () => {
    const lastOfOctober = recordWith({ occurredAt: '2026-10-31T23:59:59.999+01:00', costMicros: 7, groupId: 'f4' });
    const firstOfNovember = recordWith({ occurredAt: '2026-11-01T00:00:00.000+01:00', costMicros: 11, groupId: 'f4' });
    const october = async (): Promise<number> => (await api.spend('by=group&period=2026-10&group=f4')).totalMicros;
    const november = async (): Promise<number> => (await api.spend('by=group&period=2026-11&group=f4')).totalMicros;
    await api.meter([firstOfNovember]);
    assert.deepEqual([await october(), await november()], [0, 11]);
    // Late, and twice.
    await api.meter([lastOfOctober, lastOfOctober]);
    await api.meter([firstOfNovember, lastOfOctober]);
    assert.deepEqual([await october(), await november()], [7, 11]);
    await api.post('/metering/voids', { source: 'test', id: lastOfOctober.id, reason: 'a test' });
    assert.deepEqual([await october(), await november()], [0, 11]);
    assert.deepEqual((await api.meter([lastOfOctober])).duplicates, 1);
    assert.deepEqual([await october(), await november()], [0, 11], 'a void record that comes again stays void');
  });

  it('F8: identity is (source, id), other content is a conflict, and milliseconds survive', async () => {
    const one = recordWith({ taskId: 't-f8', groupId: 'f8', occurredAt: '2026-11-10T10:00:00.123Z' });
    assert.equal(
      (await api.meter([one, { ...one, source: 'other' }])).accepted,
      2,
      'the same id of another source is another record',
    );
    const moved = { ...one, occurredAt: '2026-11-10T10:00:00.124Z' };
    for (const changed of [
      moved,
      { ...one, costMicros: 1_001 },
      { ...one, userId: 'u-2' },
      { ...one, groupId: 'f8b' },
      { ...one, skill: 'x' },
      // Not said is never 0, nor any other number.
      { ...one, durationMs: 0 },
      { ...one, durationMs: 4_294_967_295 },
    ]) {
      const answer = await api.meter([changed]);
      assert.deepEqual([answer.accepted, answer.rejected.map(({ code }) => code)], [0, ['identityConflict']]);
    }
    assert.equal(
      (await api.meter([{ ...one, occurredAt: '2026-11-10T11:00:00.123+01:00' }])).duplicates,
      1,
      'the same instant in other words',
    );
    const { records } = z
      .object({ records: z.array(z.object({ source: z.string(), occurredAt: z.string() })) })
      .parse((await api.get('/tasks/t-f8')).body);
    assert.deepEqual(records.map(({ source, occurredAt }) => [source, occurredAt]).sort(), [
      ['other', '2026-11-10T10:00:00.123Z'],
      ['test', '2026-11-10T10:00:00.123Z'],
    ]);
  });

  it('F10: NaN, Infinity, negative and fractional amounts are refused at the door and switch nothing off', async () => {
    const good = recordWith({ groupId: 'f10' });
    await api.meter([good]);
    const before = await api.spend('by=group&group=f10');
    for (const [amount, code] of [
      ['-1', 'negativeAmount'],
      ['-1e-300', 'negativeAmount'],
      ['0.1', 'fractionalAmount'],
      ['1e400', 'amountTooLarge'],
      ['-1e400', 'negativeAmount'],
      ['9007199254740993', 'amountTooLarge'],
      ['"NaN"', 'wrongType'],
      ['"Infinity"', 'wrongType'],
    ]) {
      const record = JSON.stringify(recordWith({ groupId: 'f10', costMicros: undefined })).slice(0, -1);
      const byCost = await api.meter(`[${record},"costMicros":${amount}}]`);
      const byUsage = await api.meter(`[${record},"usage":{"inputTokens":${amount}}}]`);
      assert.deepEqual([byCost.rejected[0].code, byUsage.rejected[0].code], [code, code], amount);
    }
    for (const literal of ['NaN', 'Infinity', '-Infinity']) {
      assert.equal((await api.post('/metering', `[{"costMicros":${literal}}]`)).status, 400, literal);
    }
    const { totalMicros, records } = await api.spend('by=group&group=f10');
    assert.deepEqual([totalMicros, records], [before.totalMicros, before.records]);
    assert.equal(
      (await api.meter([recordWith({ groupId: 'f10' })])).accepted,
      1,
      'the next good record counts as ever',
    );
  });

  it('F16: an unpriced model costs the fallback price and is marked, and a price published later moves every view', async () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
    await api.meter([
      recordWith({ groupId: 'f16', skill: 'triage', model: 'acme-coder', usage, costMicros: undefined }),
    ]);
    const figures = async (by: string) => {
      const { totalMicros, unpricedMicros, records } = await api.spend(`by=${by}&group=f16`);
      return [totalMicros, unpricedMicros, records];
    };
    assert.deepEqual(await figures('group'), [60_000_000, 60_000_000, 1]);
    const publish = async (dollars: number): Promise<void> => {
      const { status } = await api.post('/prices', { model: 'acme-coder', prices: dollarPerMillion(dollars) });
      assert.ok(status < 300);
      await corrected(api);
    };
    await publish(3);
    for (const by of ['group', 'user', 'skill', 'model', 'day', 'user,skill']) {
      assert.deepEqual(await figures(by), [6_000_000, 0, 1], by);
    }
    await publish(2);
    for (const by of ['group', 'user', 'skill', 'model', 'day', 'user,skill']) {
      assert.deepEqual(await figures(by), [4_000_000, 0, 1], `a wrong price can be corrected: ${by}`);
    }
  });
});

it('F8: a repeat is recognised after a restart', () =>
  withDirectory(async (directory) => {
    const record = recordWith();
    const first = await startService({ directory });
    assert.equal((await apiOf(first).meter([record])).accepted, 1);
    await first.stop();
    const second = await startService({ directory, ownerKey: first.ownerKey });
    assert.deepEqual(
      await apiOf(second)
        .meter([record])
        .then(({ accepted, duplicates }) => [accepted, duplicates]),
      [0, 1],
    );
    await second.stop();
  }));

describe('failures of others, at chosen points inside the process', () => {
  const sent = (id: string, costMicros: number): SentRecord => ({
    source: 'cowork',
    id,
    taskId: 't',
    userId: 'ana',
    occurredAt: '2026-11-01T00:00:00.000Z',
    costMicros,
  });
  const spentIn = async ({ process }: World): Promise<readonly Micros[]> => {
    const question = { by: [], from: 0, to: 40_000, filters: {} };
    const { totalMicros, records } = await process().spend.ask(question, { limit: 1 });
    return [totalMicros, records];
  };

  it('F6: two rebuilds, and a crash between the fold and its snapshot, give the same view', async () => {
    const world = await createWorld('Europe/Berlin');
    await world.take({ type: 'meter', requests: [[sent('a', 3)], [sent('b', 5)]] });
    await world.rest();
    await world.take({ type: 'snapshot' });
    // Folded, and lost before it was saved: the snapshot is older than the log.
    await world.take({ type: 'meter', requests: [[sent('c', 7), sent('a', 3)]] });
    await world.rest();
    const lived = linesOf(world.process().views);
    await world.take({ type: 'crash', snapshotLost: false });
    assert.deepEqual(linesOf(world.process().views), lived);
    assert.deepEqual(await spentIn(world), [15, 3]);
    for (let rebuild = 0; rebuild < 2; rebuild++) {
      await world.take({ type: 'crash', snapshotLost: true });
      assert.deepEqual(linesOf(world.process().views), lived, 'a rebuild adds nothing to what was there');
    }
    const events = await everyEvent(world.disk);
    assert.deepEqual(linesOf(replayed(events)), linesOf(continued(world.disk.snapshots, events)));
    await world.end();
  });

  it('F7: a kill at any turn between accept, append and answer leaves each record counted once', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const world = await createWorld('UTC');
      const requests = [[sent('a', 3), sent('b', 5)], [sent('b', 5), sent('c', 7)], [sent('a', 3)]];
      await world.take({ type: 'meter', requests });
      await world.take({ type: 'turns', count: turns });
      await world.take({ type: 'crash', snapshotLost: turns % 2 === 0 });
      await world.rest();
      assert.deepEqual(await spentIn(world), [15, 3], `killed after ${String(turns)} turns`);
      await world.end();
    }
  });
});
