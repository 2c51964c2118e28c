import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type Api, apiOf, codeOf, recordWith } from '#test/support/api.js';
import {
  bursarCommand,
  type FreshService,
  type RunningService,
  startOnFreshDirectory,
  startService,
  withDirectory,
} from '#test/support/service.js';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const million = 1_000_000;
const perMillion = (inputMicros: number) => ({
  inputMicros,
  outputMicros: inputMicros,
  cacheReadMicros: inputMicros,
  cacheWrite5mMicros: inputMicros,
  cacheWrite1hMicros: inputMicros,
});
/** Every test has a group, and models, of its own. */
let group = '';
const used = (model: string, changes: Record<string, unknown> = {}) =>
  recordWith({ model, groupId: group, costMicros: undefined, usage: { inputTokens: million }, ...changes });

const job = z.object({
  jobId: z.string(),
  status: z.enum(['running', 'finished']),
  correctedRecords: z.number(),
  leftUnrated: z.number(),
  wouldCorrect: z.object({ records: z.number(), differenceMicros: z.number() }).optional(),
});
const published = z.object({ published: z.object({ priceVersion: z.string() }), ratingJobId: z.string().nullable() });

describe('prices of models', () => {
  let service: RunningService;
  let api: Api;
  let directory: string;
  let shared: FreshService;
  beforeAll(async () => {
    shared = await startOnFreshDirectory();
  });
  afterAll(() => shared.dispose());
  let groups = 0;
  beforeEach(() => {
    service = shared;
    ({ directory } = shared);
    api = apiOf(service);
    group = `group-${String(++groups)}`;
  });
  /** A test with a service of its own. */
  const alone = (test: () => Promise<void>) => () =>
    withDirectory(async (own) => {
      directory = own;
      service = await startService({ directory });
      api = apiOf(service);
      try {
        await test();
      } finally {
        await service.stop();
      }
    });

  const finished = async (jobId: string) => {
    for (;;) {
      const { status, body } = await api.get(`/jobs/${encodeURIComponent(jobId)}`);
      if (status === 200) {
        const known = job.parse(body);
        if (known.status === 'finished') return known;
      }
      await wait(5);
    }
  };
  /** Publishes, waits until every record is rated with it, and answers the job that did so. */
  const publishedBy = async (body: object) => {
    const answer = await api.post('/prices', { from: null, ...body });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    const { ratingJobId } = published.parse(answer.body);
    return ratingJobId === null ? undefined : finished(ratingJobId);
  };
  /** The same, and answers how many have moved. */
  const publish = async (body: object): Promise<number> => (await publishedBy(body))?.correctedRecords ?? 0;
  const rerated = async (range: { from: string; to: string }, dryRun: boolean) => {
    const answer = await api.post('/prices/re-rate', { ...range, dryRun });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    return finished(job.parse(answer.body).jobId);
  };
  const meter = async (...records: Record<string, unknown>[]) => {
    const { accepted, rejected } = await api.meter(records);
    assert.deepEqual([accepted, rejected], [records.length, []]);
  };
  const ofGroup = () => (service === shared ? `&group=${group}` : '');
  const rows = async (query = '') => {
    const { items } = await api.spend(`by=model${ofGroup()}${query}`);
    return Object.fromEntries(items.map(({ model, spentMicros }) => [String(model), spentMicros]));
  };
  const isVerified = async () => {
    const { stdout } = await promisify(execFile)(process.execPath, bursarCommand('verify', '--data', directory));
    assert.match(stdout, /^Nothing differs[.]/m);
  };

  it('keep dated models apart, and a publication moves only what its look-up changes', async () => {
    const models = ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-2024-05-13'];
    const users = (model: string) => ({ userId: `u-${model}` });
    await publish({ model: 'gpt-4o', prices: perMillion(2_500_000) });
    await meter(...models.map((model) => used(model, users(model))));
    assert.equal(await publish({ model: 'gpt-4o-2024-05-13', prices: perMillion(5_000_000) }), 1);
    const { items } = await api.spend(`by=user${ofGroup()}`);
    assert.deepEqual(
      items.map(({ user, spentMicros }) => [user, spentMicros]),
      [
        ['u-gpt-4o', 2_500_000],
        ['u-gpt-4o-2024-05-13', 5_000_000],
        ['u-gpt-4o-2024-08-06', 2_500_000],
      ],
    );
    assert.deepEqual(await rows(), { 'gpt-4o': 5_000_000, 'gpt-4o-2024-05-13': 5_000_000 });
  });

  it('give an undated id the only dated price there is', async () => {
    await meter(used('acme-1'));
    assert.equal(await publish({ model: 'acme-1-2026-05-13', prices: perMillion(7) }), 1);
    assert.deepEqual(await rows(), { 'acme-1-2026-05-13': 7 });
    assert.equal(await publish({ model: 'acme-1-2026-08-06', prices: perMillion(9) }), 1);
    assert.deepEqual(await rows(), { 'acme-1-2026-08-06': 9 });
    assert.equal(await publish({ model: 'acme-1-2026-01-01', prices: perMillion(11) }), 0);
  });

  it(
    'make one row of one model, whatever its id looks like, and any of them asks for it',
    alone(async () => {
      const ids = [
        'claude-sonnet-4-5',
        'claude-sonnet-4-5-20250929',
        'claude-sonnet-4-5@20250929',
        'claude-sonnet-4-5[1m]',
        'CLAUDE-SONNET-4-5',
        ' claude-sonnet-4-5 ',
      ];
      // A million tokens of each, in prompts below the tier.
      for (const model of ids) {
        await meter(...Array.from({ length: 10 }, () => used(model, { usage: { inputTokens: million / 10 } })));
      }
      await meter(used('claude-opus-5'));
      assert.deepEqual(await rows(), { 'claude-sonnet-4-5': 18_000_000, 'claude-opus-5': 5_000_000 });
      for (const id of [...ids, 'Claude-Sonnet-4-5-2025-09-29']) {
        assert.deepEqual(await rows(`&model=${encodeURIComponent(id)}`), { 'claude-sonnet-4-5': 18_000_000 }, id);
        const scanned = await api.spend(`by=model,skill&model=${encodeURIComponent(id)}`);
        assert.deepEqual(
          scanned.items.map(({ model, skill, spentMicros }) => [model, skill, spentMicros]),
          [['claude-sonnet-4-5', null, 18_000_000]],
          id,
        );
      }
      assert.deepEqual(await rows('&model=claude-sonnet-4-6'), {});
    }),
  );

  it('are found behind aliases and patterns, with a factor', async () => {
    const [cloud, gateway, deployment] = [
      'us.anthropic.claude-sonnet-4-6-20250929-v1:0',
      'anthropic/claude-sonnet-4.6',
      'claude-sonnet-4-6@default',
    ];
    await meter(used(cloud), used(gateway), used(deployment), used('claude-sonnet-4-6'));
    assert.equal((await api.spend(`by=user${ofGroup()}`)).unpricedMicros, 30_000_000);
    assert.equal(await publish({ alias: 'us.anthropic.*', factor: 1.1 }), 1);
    assert.equal(await publish({ alias: 'anthropic/claude-sonnet-4.6', model: 'claude-sonnet-4-6' }), 1);
    assert.equal(await publish({ alias: 'claude-sonnet-4-6@default', model: 'claude-sonnet-4-6' }), 1);
    assert.deepEqual(await rows(), { 'claude-sonnet-4-6': 3_300_000 + 3 * 3_000_000 });
    const listed = await api.get('/prices?model=claude-sonnet-4-6%40default');
    const { items } = z.object({ items: z.array(z.object({ alias: z.string().optional() })) }).parse(listed.body);
    assert.deepEqual(
      items.flatMap(({ alias }) => alias ?? []),
      ['claude-sonnet-4-6@default'],
    );
    await publish({ model: 'zed-1-20250101', prices: perMillion(7) });
    const found = z
      .object({ items: z.array(z.object({ model: z.string().nullable() })) })
      .parse((await api.get('/prices?model=zed-1')).body).items;
    assert.deepEqual(
      found.map(({ model }) => model),
      ['zed-1-20250101'],
      'what the look-up finds is listed',
    );
  });

  it('are for fast mode and web searches, too', async () => {
    const usage = { inputTokens: million, outputTokens: million };
    await meter(
      used('claude-opus-5', { usage: { ...usage, speed: 'fast' } }),
      used('claude-opus-4-8', { usage: { ...usage, webSearches: 3, speed: 'standard' } }),
    );
    assert.deepEqual(await rows(), { 'claude-opus-5': 60_000_000, 'claude-opus-4-8': 30_030_000 });
    const [refused] = (await api.meter([used('m', { usage: { ...usage, speed: 'ludicrous' } })])).rejected;
    assert.equal(refused.code, 'unknownSpeed');
  });

  it(
    'apply to usage beside a reported cost of 0, unless the key says that it is free',
    alone(async () => {
      const free = await api.post('/api-keys', { name: 'free', role: 'metering', zeroCostIsFree: true });
      const { key } = z.object({ key: z.string() }).parse(free.body);
      const zero = (model: string) =>
        used(model, { costMicros: 0, usage: { inputTokens: million, outputTokens: million } });
      const [paid, unknown, gift] = [zero('claude-opus-5'), zero('nobody-knows'), zero('claude-opus-4-8')];
      await meter(paid, unknown, used('claude-opus-4-7', { costMicros: 0, usage: { inputTokens: 0 } }));
      assert.equal((await apiOf(service, key).meter([gift])).accepted, 1);
      assert.deepEqual(await rows(), {
        'claude-opus-4-7': 0,
        'claude-opus-4-8': 0,
        'claude-opus-5': 30_000_000,
        'nobody-knows': 60_000_000,
      });
      assert.equal((await api.spend('by=user')).unpricedMicros, 60_000_000);
      // The same again is a duplicate, whatever the key says now.
      for (const sender of [api, apiOf(service, key)]) {
        const { accepted, duplicates, rejected } = await sender.meter([paid, unknown, gift]);
        assert.deepEqual({ accepted, duplicates, rejected }, { accepted: 0, duplicates: 3, rejected: [] });
      }
      const [other] = (await api.meter([{ ...paid, costMicros: undefined }])).rejected;
      assert.equal(other.code, 'identityConflict');
      assert.equal(await publish({ model: 'nobody-knows', prices: perMillion(1) }), 1);
      assert.equal((await api.spend('by=user')).unpricedMicros, 0);
      await isVerified();
    }),
  );

  it(
    'are those of before when an export is imported: what a key has said to be free apart from the rest',
    alone(async () => {
      const freeKey = async () => {
        const { body } = await api.post('/api-keys', { name: 'free', role: 'metering', zeroCostIsFree: true });
        return z.object({ key: z.string() }).parse(body).key;
      };
      const zero = (model: string) => used(model, { costMicros: 0 });
      await meter(zero('claude-opus-5'), used('claude-opus-5', { costMicros: 7 }), used('claude-opus-5'));
      await apiOf(service, await freeKey()).meter([zero('claude-opus-4-8')]);
      const before = await rows();
      assert.deepEqual(before, { 'claude-opus-4-8': 0, 'claude-opus-5': 10_000_007 });
      const exported = async (free: string) => {
        const args = bursarCommand('export', '--data', directory, '--free', free);
        const { stdout } = await promisify(execFile)(process.execPath, args);
        return stdout
          .trim()
          .split('\n')
          .map((line): unknown => JSON.parse(line));
      };
      const [free, rest] = [await exported('only'), await exported('none')];
      assert.deepEqual([free.length, rest.length], [1, 3]);
      await withDirectory(async (other) => {
        const first = service;
        service = await startService({ directory: other });
        api = apiOf(service);
        try {
          assert.equal((await apiOf(service, await freeKey()).meter(free)).accepted, 1);
          assert.equal((await api.meter(rest)).accepted, 3);
          assert.deepEqual(await rows(), before);
        } finally {
          await service.stop();
          service = first;
        }
      });
    }),
  );

  it('move the past of a range on request, after a dry run that moves nothing', async () => {
    await publish({ model: 'past', prices: perMillion(10) });
    await meter(used('past'), used('past'), used('past-unpriced'), used('past', { costMicros: 5 }));
    const [from, to] = [new Date(Date.now() - 86_400_000).toISOString(), new Date(Date.now() + 1_000).toISOString()];
    const { wouldCorrect, correctedRecords } = await rerated({ from, to }, true);
    assert.deepEqual([wouldCorrect, correctedRecords], [{ records: 0, differenceMicros: 0 }, 0]);
    assert.equal((await rerated({ from, to }, false)).correctedRecords, 0);
    const backwards = await api.post('/prices/re-rate', { from: to, to: from });
    assert.deepEqual([backwards.status, codeOf(backwards)], [400, 'invalidRange']);
  });

  it('make no record dearer than one may be: it stays as it was and is counted', async () => {
    const occurredAt = '2026-11-20T14:00:00Z';
    const range = { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' };
    await publish({ model: 'dear', prices: perMillion(7) });
    const [small, large] = [{ inputTokens: million / 2 }, { inputTokens: million }];
    await meter(used('dear', { occurredAt, usage: small }), used('dear', { occurredAt, usage: large }));
    const typo = 2 * million * million;
    const { correctedRecords, leftUnrated } = (await publishedBy({ model: 'dear', prices: perMillion(typo) })) ?? {};
    assert.deepEqual([correctedRecords, leftUnrated], [1, 1]);
    assert.deepEqual(await rows('&period=2026-11'), { dear: million * million + 7 });
    const dry = await rerated(range, true);
    assert.deepEqual([dry.wouldCorrect, dry.leftUnrated], [{ records: 0, differenceMicros: 0 }, 1]);
    const wet = await rerated(range, false);
    assert.deepEqual([wet.correctedRecords, wet.leftUnrated], [0, 1]);
    // The ceiling is that of the day on which the record occurred.
    const raised = await api.put('/organisation', { maxRecordMicros: typo, from: '2026-11-20' });
    assert.equal(raised.status, 200, JSON.stringify(raised.body));
    const after = await rerated(range, false);
    assert.deepEqual([after.correctedRecords, after.leftUnrated], [1, 0]);
    assert.deepEqual(await rows('&period=2026-11'), { dear: 3 * million * million });
  });

  it('move the records that a replaced price no longer explains', async () => {
    const usage = { inputTokens: 1_000, speed: 'fast' };
    const from = '2026-11-01T00:00:00Z';
    await publish({ model: 'm', from, prices: perMillion(million), fast: { prices: perMillion(6 * million) } });
    await meter(used('m', { usage }), used('m', { usage: { inputTokens: 1_000 } }));
    assert.deepEqual(await rows(), { m: 7_000 });
    assert.equal(await publish({ model: 'm', from, prices: perMillion(2 * million) }), 2);
    // The fast one costs the fallback, as it would if it came now.
    assert.deepEqual(await rows(), { m: 32_000 });
    await publish({ model: 'n', prices: perMillion(3 * million) });
    await publish({ alias: 'x', model: 'n' });
    await meter(used('x', { usage: { inputTokens: 1_000 } }));
    assert.equal(await publish({ alias: 'x', model: 'nobody-knows' }), 1);
    assert.deepEqual(await rows('&model=x'), { x: 10_000 });
  });

  it('are those that verify finds in the log', () => isVerified());

  it('are refused where they make no sense', async () => {
    const prices = perMillion(1);
    for (const body of [
      { alias: 'a*b*c', model: 'm' },
      { alias: 'no-star' },
      { alias: 'x', model: 'm', factor: 0 },
      { alias: 'x', model: 'm', factor: 1.00001 },
      { alias: 'x', model: 'm', factor: 101 },
      { alias: 'x', model: 'm', prices },
      { alias: 'x', model: 'm*' },
      { model: 'm', prices, factor: 2 },
      { model: 'm*', prices },
      { model: 'm' },
      { prices },
      { fallback: true, prices: perMillion(0) },
    ]) {
      const answer = await api.post('/prices', body);
      assert.deepEqual([answer.status, codeOf(answer)], [400, 'invalidValue'], JSON.stringify(body));
    }
  });
});
