import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { apiOf, codeOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { runs } from '#test/support/runs.js';
import { startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const job = z.object({
  jobId: z.string(),
  kind: z.enum(['rerating', 'reattribution']),
  status: z.enum(['running', 'finished']),
  progress: z.number().min(0).max(1),
  correctedRecords: z.number(),
});
type Job = z.infer<typeof job>;

/** Asks for a job until it is as wanted, and gives back everything that was seen of it on the way. */
const followed = async (api: Api, jobId: string, until: (job: Job) => boolean): Promise<readonly Job[]> => {
  const seen: Job[] = [];
  for (;;) {
    const answer = await api.get(`/jobs/${encodeURIComponent(jobId)}`);
    // A job that has been promised begins a moment later.
    if (answer.status === 200) seen.push(job.parse(answer.body));
    const last = seen.at(-1);
    if (last !== undefined && until(last)) return seen;
    await wait(5);
  }
};
const isFinished = ({ status }: Job): boolean => status === 'finished';

const dollarsPerMillion = (dollars: number) => {
  const micros = dollars * 1_000_000;
  return {
    inputMicros: micros,
    outputMicros: micros,
    cacheReadMicros: micros,
    cacheWrite5mMicros: micros,
    cacheWrite1hMicros: micros,
  };
};
const publish = async (api: Api, model: string, dollars: number, from?: string): Promise<string> => {
  const { status, body } = await api.post('/prices', {
    model,
    prices: dollarsPerMillion(dollars),
    ...(from !== undefined && { from }),
  });
  assert.ok(status < 300, JSON.stringify(body));
  return z.object({ ratingJobId: z.string() }).parse(body).ratingJobId;
};

/** Ten thousand records that cost 1 micro each at a dollar per million tokens. */
const tenThousand = (model: string, groupId = 'eng') =>
  Array.from({ length: 10_000 }, () =>
    recordWith({ model, groupId, costMicros: undefined, usage: { inputTokens: 1 } }),
  );

const standing = z.object({
  totalMicros: z.number(),
  unpricedMicros: z.number(),
  records: z.number(),
  provisionalBecause: z.array(z.string()),
});

describe('corrections', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
  });
  afterAll(() => service.dispose());
  const ask = async (query: string) => standing.parse((await api.get(`/spend?${query}`)).body);

  it('voids a record once: spend goes down in every cut, and the record stays known', async () => {
    const [kept, gone] = [
      recordWith({ groupId: 'void', skill: 's' }),
      recordWith({ groupId: 'void', skill: 's', taskId: 't-void' }),
    ];
    await api.meter([kept, gone]);
    const answer = await api.post('/metering/voids', { source: 'test', id: gone.id, reason: 'metered twice' });
    assert.equal(answer.status, 200);
    for (const by of ['group', 'user', 'skill', 'day', 'user,skill']) {
      const { totalMicros, records } = await ask(`by=${by}&group=void`);
      assert.deepEqual([totalMicros, records], [1_000, 1], by);
    }
    const again = await api.post('/metering/voids', { source: 'test', id: gone.id, reason: 'metered twice' });
    assert.deepEqual([again.status, codeOf(again)], [409, 'alreadyVoided']);
    assert.equal((await api.meter([gone])).duplicates, 1, 'sent again it stays a duplicate');
    assert.equal((await api.meter([{ ...gone, costMicros: 5 }])).rejected[0].code, 'identityConflict');
    assert.equal((await ask('by=group&group=void')).totalMicros, 1_000);
    const task = z.object({
      totals: z.object({ records: z.number() }),
      records: z.array(z.object({ void: z.boolean() })),
    });
    assert.deepEqual(task.parse((await api.get('/tasks/t-void')).body), {
      totals: { records: 0 },
      records: [{ void: true }],
    });
  });

  it('re-rates what was metered before a price was published, and tells how far it is', async () => {
    const costs = [recordWith({ groupId: 'rate', model: 'acme-1', costMicros: 77, usage: { inputTokens: 1 } })];
    const requests = runs(2, 3);
    const rated = requests * 10_000;
    for (let request = 0; request < requests; request++) await api.meter(tenThousand('acme-1', 'rate'));
    await api.meter(costs);
    const before = await ask('by=group&group=rate');
    assert.deepEqual(
      [before.totalMicros, before.unpricedMicros, before.provisionalBecause],
      [rated * 10 + 77, rated * 10, ['openPeriod']],
    );

    const jobId = await publish(api, 'acme-1', 2);
    assert.deepEqual((await ask('by=group&group=rate')).provisionalBecause, ['openPeriod', 'correctionRunning']);
    const seen = await followed(api, jobId, isFinished);
    assert.ok(
      seen.some(({ status, progress }) => status === 'running' && progress < 1),
      'it was seen at work',
    );
    assert.deepEqual(
      [...seen].sort((a, b) => a.progress - b.progress),
      seen,
      'it never goes back',
    );
    assert.equal(seen.at(-1)?.correctedRecords, rated);

    const after = await ask('by=group&group=rate');
    assert.deepEqual(
      [after.totalMicros, after.unpricedMicros, after.records],
      [rated * 2 + 77, 0, rated + 1],
      'a reported cost is left alone',
    );
    assert.deepEqual(after.provisionalBecause, ['openPeriod']);
  });

  it('re-rates only from the instant on from which the price applies', async () => {
    const at = (occurredAt: string) =>
      recordWith({
        groupId: 'from',
        model: 'acme-2',
        occurredAt,
        costMicros: undefined,
        usage: { inputTokens: 1_000_000 },
      });
    await api.meter([at('2026-10-31T23:59:59.999Z'), at('2026-11-01T00:00:00Z')]);
    await followed(api, await publish(api, 'acme-2', 1, '2026-11-01T00:00:00Z'), isFinished);
    assert.equal((await ask('by=group&group=from&period=2026-10')).unpricedMicros, 10_000_000);
    const november = await ask('by=group&group=from&period=2026-11');
    assert.deepEqual([november.totalMicros, november.unpricedMicros], [1_000_000, 0]);
  });

  it('answers a price that is sent again with that price and its job, whatever was published since', async () => {
    const send = (model: string, headers?: Record<string, string>) =>
      api.post('/prices', { model, from: '2026-11-01T00:00:00+01:00', prices: dollarsPerMillion(1) }, headers);
    const shown = z.object({ published: z.object({ model: z.string() }), ratingJobId: z.string() });
    const key = { 'idempotency-key': 'the price of acme-3' };
    const first = shown.parse((await send('acme-3', key)).body);
    assert.equal(first.published.model, 'acme-3');
    await followed(api, first.ratingJobId, isFinished);
    assert.equal(shown.parse((await send('acme-4')).body).published.model, 'acme-4');
    assert.deepEqual(shown.parse((await send('acme-3', key)).body), first, 'with its key');
    assert.deepEqual(shown.parse((await send(' ACME-3[1m]')).body), first, 'without, it stands already');
  });

  it('charges another group for what the filter matches, and nothing else', async () => {
    const record = (userId: string, occurredAt: string) => recordWith({ userId, occurredAt, groupId: 'first' });
    await api.meter([
      record('moved', '2026-11-02T00:00:00Z'),
      record('moved', '2026-11-03T00:00:00Z'),
      record('stays', '2026-11-02T00:00:00Z'),
    ]);
    const reattribute = () =>
      api.post('/metering/reattributions', {
        filter: { group: 'first', user: 'moved' },
        from: '2026-11-02T00:00:00Z',
        to: '2026-11-03T00:00:00Z',
        groupId: 'second',
        reason: 'provisioned late',
      });
    const refused = await reattribute();
    assert.deepEqual([refused.status, codeOf(refused)], [404, 'unknownGroup'], 'it may be a slip of the pen');
    assert.equal((await ask('by=group&period=2026-11&group=first')).records, 3);
    await api.put('/groups/second', { name: 'Second' });
    const answer = await reattribute();
    assert.equal(answer.status, 202);
    const started = job.parse(answer.body);
    assert.equal(started.kind, 'reattribution');
    const finished = (await followed(api, started.jobId, isFinished)).at(-1);
    assert.equal(finished?.correctedRecords, 1);
    assert.deepEqual(
      [
        (await ask('by=group&period=2026-11&group=first')).records,
        (await ask('by=group&period=2026-11&group=second')).records,
      ],
      [2, 1],
    );
    assert.equal((await ask('by=user&period=2026-11&user=moved')).totalMicros, 2_000);
  });
});

it('corrections are finished after a SIGKILL in the middle', () =>
  withDirectory(async (directory) => {
    const first = await startService({ directory });
    const requests = runs(2, 4);
    const corrected = requests * 10_000;
    for (let request = 0; request < requests; request++) await apiOf(first).meter(tenThousand('acme-1'));
    const jobId = await publish(apiOf(first), 'acme-1', 3);
    const seen = await followed(apiOf(first), jobId, ({ correctedRecords }) => correctedRecords > 0);
    await first.kill();
    assert.equal(seen.at(-1)?.status, 'running', 'it was killed in the middle');

    const second = await startService({ directory, ownerKey: first.ownerKey });
    const finished = (await followed(apiOf(second), jobId, isFinished)).at(-1);
    assert.equal(finished?.correctedRecords, corrected, 'no record is corrected twice, none is left out');
    const { totalMicros, unpricedMicros, records } = standing.parse((await apiOf(second).get('/spend?by=model')).body);
    assert.deepEqual([totalMicros, unpricedMicros, records], [corrected * 3, 0, corrected]);
    await second.stop();
  }));
