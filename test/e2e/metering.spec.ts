import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { apiOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const dimensions = ['group', 'user', 'skill', 'plugin', 'connector', 'model', 'trigger', 'schedule', 'day'] as const;

const taskAnswer = z.object({
  userId: z.string().nullable(),
  groupId: z.string().nullable(),
  parentTaskId: z.string().nullable(),
  status: z.string().nullable(),
  totals: z.object({ spentMicros: z.number(), records: z.number(), unpricedMicros: z.number() }),
  totalsWithChildren: z.object({ spentMicros: z.number(), records: z.number() }),
  children: z.array(z.object({ taskId: z.string(), totals: z.object({ spentMicros: z.number() }) })),
  records: z.array(
    z.object({
      id: z.string(),
      source: z.string(),
      occurredAt: z.string(),
      groupId: z.string(),
      attribution: z.string(),
      costMicros: z.number(),
      rating: z.string(),
      priceVersion: z.string(),
    }),
  ),
});
const taskOf = async (api: Api, taskId: string) => taskAnswer.parse((await api.get(`/tasks/${taskId}`)).body);

/** The one record of a task of its own, as it was stored. */
const stored = async (api: Api, changes: Readonly<Record<string, unknown>>) => {
  const record = recordWith(changes);
  const taskId = `t-${String(record.id)}`;
  assert.equal((await api.meter([{ ...record, taskId }])).accepted, 1);
  return (await taskOf(api, taskId)).records[0];
};

describe('metering: ways to send a record', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
  });
  afterAll(() => service.dispose());

  const event = () => {
    const { source, id, occurredAt, ...data } = recordWith();
    return {
      specversion: '1.0',
      type: 'bursar.task.metered.v1',
      source,
      id,
      time: occurredAt,
      traceparent: 'an extension',
      data,
    };
  };

  it('takes a single record, and its spend is there at once', async () => {
    const before = await api.spend('by=group');
    const answer = await api.meter(recordWith());
    assert.deepEqual([answer.accepted, answer.duplicates, answer.rejected], [1, 0, []]);
    const spent = await api.spend('by=group');
    assert.equal(spent.totalMicros, before.totalMicros + 1_000);
    assert.ok(Number(spent.asOf.position) >= Number(answer.position));
  });

  it('takes an array, and tells per record what became of it', async () => {
    const [one, two, three] = [recordWith(), recordWith(), recordWith({ costMicros: -1 })];
    const answer = await api.meter([one, two, one, { ...two, costMicros: 2 }, three]);
    assert.deepEqual([answer.accepted, answer.duplicates], [2, 1]);
    assert.deepEqual(
      answer.rejected.map(({ index, id, code }) => [index, id, code]),
      [
        [3, two.id, 'identityConflict'],
        [4, three.id, 'negativeAmount'],
      ],
    );
    assert.equal((await api.meter([one, two])).duplicates, 2, 'and again in another request');
  });

  it('tells duplicates and conflicts apart across requests that come at the same time', async () => {
    const record = recordWith();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => api.meter([{ ...record, costMicros: 1_000 + (n % 2) }])),
    );
    const sum = (of: (answer: (typeof answers)[number]) => number): number =>
      answers.reduce((total, answer) => total + of(answer), 0);
    assert.deepEqual(
      [sum(({ accepted }) => accepted), sum(({ duplicates }) => duplicates), sum(({ rejected }) => rejected.length)],
      [1, 3, 4],
    );
  });

  it('takes a gzipped body', async () => {
    const answer = await api.meter(gzipSync(JSON.stringify([recordWith(), recordWith()])), {
      'content-encoding': 'gzip',
    });
    assert.equal(answer.accepted, 2);
  });

  it('takes CloudEvents in structured mode', async () => {
    const one = event();
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    assert.equal((await api.meter(one, headers)).accepted, 1);
    assert.equal((await api.meter(one, headers)).duplicates, 1);
  });

  it('takes CloudEvents in batched mode', async () => {
    const [one, stranger, none] = [event(), { ...event(), type: 'something.else.v1' }, { specversion: '0.3' }];
    const answer = await api.meter([stranger, one, none], { 'content-type': 'application/cloudevents-batch+json' });
    assert.equal(answer.accepted, 1);
    assert.deepEqual(
      answer.rejected.map(({ index, code }) => [index, code]),
      [
        [0, 'unknownEventType'],
        [2, 'notACloudEvent'],
      ],
    );
  });

  it('takes CloudEvents in binary mode, the same record as in structured mode', async () => {
    const one = event();
    const headers = {
      'ce-specversion': '1.0',
      'ce-type': one.type,
      'ce-source': String(one.source),
      'ce-id': String(one.id),
      'ce-time': String(one.time),
    };
    assert.equal((await api.meter(one.data, headers)).accepted, 1);
    assert.equal((await api.meter(one, { 'content-type': 'application/cloudevents+json' })).duplicates, 1);
  });

  it('takes CloudEvents whose data repeats the envelope, and none whose data contradicts it', async () => {
    const batch = { 'content-type': 'application/cloudevents-batch+json' };
    const says = (more: object) => {
      const one = { ...event(), time: '2026-11-20T12:00:00Z' };
      return { ...one, data: { ...one.data, ...more } };
    };
    const same = event();
    const { source, id, time: occurredAt } = same;
    const answer = await api.meter(
      [
        { ...same, data: { ...same.data, source, id, occurredAt } },
        says({ occurredAt: '2026-11-20T13:00:00.000+01:00' }),
        says({ occurredAt: '2026-11-20T13:00:00Z' }),
        says({ id: 'another' }),
        says({ source: 'another' }),
        says({ id: null }),
        { ...says({ source: 'another' }), source: undefined },
        says({ occurredAt: 'yesterday' }),
        { ...says({ occurredAt }), time: undefined },
      ],
      batch,
    );
    assert.equal(answer.accepted, 3);
    assert.deepEqual(
      answer.rejected.map(({ index, code }) => [index, code]),
      [2, 3, 4, 5, 6, 7].map((index) => [index, 'contradictsEnvelope']),
    );
    assert.match(answer.rejected[0].detail, /^data.occurredAt is not the time of the CloudEvent/);
    const binary = { 'ce-specversion': '1.0', 'ce-type': same.type, 'ce-source': String(source), 'ce-id': 'b' };
    const [refused] = (await api.meter({ ...same.data, id: 'c', occurredAt }, binary)).rejected;
    assert.equal(refused.code, 'contradictsEnvelope', 'in binary mode, too');
  });

  it('reads large requests as it reads small ones: arrays, gzipped arrays and CloudEvents', async () => {
    const events = Array.from({ length: 60 }, event);
    const records = events.map(({ source, id, time, data }) => ({ source, id, occurredAt: time, ...data }));
    const among = (good: readonly unknown[]) => [null, ...good.slice(0, 30), { id: 'none' }, ...good.slice(30)];
    const batch = { 'content-type': 'application/cloudevents-batch+json' };
    const sent = JSON.stringify(among(records));
    const answers = [
      await api.meter(among(records)),
      await api.meter(gzipSync(sent), { 'content-encoding': 'gzip' }),
      await api.meter(among(events), batch),
    ];
    assert.deepEqual(
      answers.map(({ accepted, duplicates, rejected }) => [accepted, duplicates, rejected.map(({ index }) => index)]),
      [
        [60, 0, [0, 31]],
        [0, 60, [0, 31]],
        [0, 60, [0, 31]],
      ],
    );
  });

  it('takes records without source with a key that names one', async () => {
    const { key } = z
      .object({ key: z.string() })
      .parse((await api.post('/api-keys', { name: 'm', role: 'metering', source: 'cowork' })).body);
    assert.equal(
      (await apiOf(service, key).meter([recordWith({ source: undefined, taskId: 't-source' })])).accepted,
      1,
    );
    assert.equal((await taskOf(api, 't-source')).records[0].source, 'cowork');
  });
});

describe('metering: who is charged, and how much', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    await api.put('/users/ana', { name: 'Ana', groupId: 'eng', from: '2026-10-01T00:00:00Z' });
    await api.put('/users/ana', { name: 'Ana', groupId: 'ops', from: '2026-11-10T00:00:00Z' });
  });
  afterAll(() => service.dispose());

  for (const [what, occurredAt, own, groupId, attribution] of [
    ["the record's own group", '2026-11-15T00:00:00Z', 'sales', 'sales', 'record'],
    ['the group at that time', '2026-11-09T23:59:59.999Z', undefined, 'eng', 'membership'],
    ['the group from that instant on', '2026-11-10T00:00:00Z', undefined, 'ops', 'membership'],
    ['nobody before the first membership', '2026-09-30T23:59:59.999Z', undefined, 'unassigned', 'unassigned'],
  ] as const) {
    it(`charges ${what}`, async () => {
      const record = await stored(api, { userId: 'ana', groupId: own, occurredAt });
      assert.deepEqual([record.groupId, record.attribution], [groupId, attribution]);
    });
  }

  it('charges unassigned for a user nobody knows, and a later membership moves nothing', async () => {
    const record = await stored(api, { userId: 'bo', groupId: undefined });
    assert.deepEqual([record.groupId, record.attribution], ['unassigned', 'unassigned']);
    await api.put('/users/bo', { name: 'Bo', groupId: 'eng', from: '2026-01-01T00:00:00Z' });
    const { records } = await taskOf(api, `t-${record.id}`);
    assert.equal(records[0].groupId, 'unassigned');
  });

  const million = 1_000_000;
  for (const [what, changes, costMicros, rating] of [
    [
      'a reported cost as it is',
      { costMicros: 18_250, model: 'claude-opus-5', usage: { inputTokens: million } },
      18_250,
      'reported',
    ],
    ['a reported cost of 0', { costMicros: 0 }, 0, 'reported'],
    [
      'sonnet 5.5 cache reads before October 7th',
      { model: 'claude-sonnet-5-5', occurredAt: '2026-10-06T23:59:59.999Z', usage: { cacheReadTokens: million } },
      200_000,
      'priced',
    ],
    [
      'sonnet 5.5 cache reads from October 7th on',
      { model: 'claude-sonnet-5-5', occurredAt: '2026-10-07T00:00:00Z', usage: { cacheReadTokens: million } },
      100_000,
      'priced',
    ],
    [
      'all kinds of tokens',
      {
        model: 'claude-sonnet-5-5',
        usage: {
          inputTokens: 1200,
          outputTokens: 640,
          cacheReadTokens: 52_000,
          cacheWrite5mTokens: 1000,
          cacheWrite1hTokens: 1000,
        },
      },
      20_500,
      'priced',
    ],
    [
      'a model id with a date',
      { model: 'claude-sonnet-5-5-20260928', usage: { outputTokens: million } },
      10_000_000,
      'priced',
    ],
    [
      'a model id with a long-context mark',
      { model: 'claude-sonnet-5-5[1m]', usage: { outputTokens: million } },
      10_000_000,
      'priced',
    ],
    [
      'haiku 5.5 with a prompt of 100k',
      { model: 'claude-haiku-5-5', usage: { inputTokens: 60_000, cacheReadTokens: 40_000, outputTokens: 10_000 } },
      11_400,
      'priced',
    ],
    [
      'haiku 5.5 with one token more',
      { model: 'claude-haiku-5-5', usage: { inputTokens: 60_001, cacheReadTokens: 40_000, outputTokens: 10_000 } },
      57_000,
      'priced',
    ],
    [
      'a batch request at half',
      { model: 'claude-sonnet-5-5', batch: true, usage: { outputTokens: million } },
      5_000_000,
      'priced',
    ],
    [
      'half a micro to the even one, down',
      { model: 'claude-haiku-4-5', batch: true, usage: { inputTokens: 1 } },
      0,
      'priced',
    ],
    [
      'half a micro to the even one, up',
      { model: 'claude-haiku-4-5', batch: true, usage: { inputTokens: 3 } },
      2,
      'priced',
    ],
    [
      'an unknown model at the fallback price',
      { model: 'acme-1', usage: { inputTokens: million } },
      10_000_000,
      'unpriced',
    ],
    [
      'a known model before its first price',
      { model: 'claude-haiku-5-5', occurredAt: '2026-10-06T23:59:59.999Z', usage: { inputTokens: million } },
      10_000_000,
      'unpriced',
    ],
    ['usage without a model', { usage: { outputTokens: million } }, 50_000_000, 'unpriced'],
  ] as const) {
    it(`rates ${what}`, async () => {
      const record = await stored(api, { costMicros: undefined, ...changes });
      assert.deepEqual([record.costMicros, record.rating], [costMicros, rating]);
      assert.equal(record.priceVersion === '', rating === 'reported', 'what was rated names its price');
    });
  }

  it('adds a task up with the tasks below it', async () => {
    await api.meter([
      recordWith({ taskId: 'root', costMicros: 1 }),
      recordWith({ taskId: 'root', costMicros: 2 }),
      recordWith({ taskId: 'child', parentTaskId: 'root', costMicros: 4 }),
      recordWith({ taskId: 'other', parentTaskId: 'root', costMicros: 8 }),
      recordWith({ taskId: 'grandchild', parentTaskId: 'child', costMicros: 16 }),
    ]);
    const root = await taskOf(api, 'root');
    assert.deepEqual([root.totals.spentMicros, root.totals.records], [3, 2]);
    assert.deepEqual([root.totalsWithChildren.spentMicros, root.totalsWithChildren.records], [31, 5]);
    assert.deepEqual(
      root.children.map(({ taskId, totals }) => [taskId, totals.spentMicros]),
      [
        ['child', 4],
        ['other', 8],
      ],
    );
    assert.equal((await taskOf(api, 'grandchild')).parentTaskId, 'child');
  });

  it('says how a task finished: the first word stands', async () => {
    await api.meter([recordWith({ taskId: 'ends' })]);
    const at = '2026-11-20T14:05:00.000Z';
    assert.equal((await taskOf(api, 'ends')).status, null);
    assert.equal((await api.post('/tasks/ends/finish', { status: 'timedOut', at })).status, 200);
    assert.equal((await api.post('/tasks/ends/finish', { status: 'timedOut', at })).status, 200);
    assert.equal((await api.post('/tasks/ends/finish', { status: 'succeeded', at })).status, 409);
    assert.equal((await taskOf(api, 'ends')).status, 'timedOut');
  });

  it('law 2: knows no group that only a refused record names', async () => {
    const record = recordWith();
    const { accepted, rejected } = await api.meter([record, { ...record, groupId: 'typo' }]);
    assert.deepEqual([accepted, rejected.map(({ code }) => code)], [1, ['identityConflict']]);
    assert.equal((await api.get('/groups/typo')).status, 404);
  });

  it('shows groups with their members and their month', async () => {
    const shown = z.object({
      groupId: z.string(),
      name: z.string(),
      members: z.array(z.string()),
      spentMicros: z.number(),
      records: z.number(),
    });
    const ops = shown.parse((await api.get('/groups/ops')).body);
    assert.deepEqual([ops.name, ops.members], ['ops', ['ana']]);
    const { totalMicros, records } = await api.spend('by=group&group=ops');
    assert.deepEqual([ops.spentMicros, ops.records], [totalMicros, records]);
    const { items } = z
      .object({ items: z.array(z.object({ groupId: z.string() })) })
      .parse((await api.get('/groups')).body);
    assert.deepEqual(
      items.map(({ groupId }) => groupId),
      ['eng', 'ops', 'sales', 'unassigned'],
      'a record and a membership make a group known',
    );
  });
});

describe('GET /spend', () => {
  let service: FreshService;
  let api: Api;
  const range = 'from=2026-09-01&to=2026-12-01';
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    const one = <T>(n: number, ...values: readonly T[]): T => values[n % values.length];
    const records = Array.from({ length: 500 }, (_, n) =>
      recordWith({
        userId: one(n, 'ana', 'bo', 'cy'),
        groupId: one(n, 'eng', 'ops', 'sales', undefined),
        skill: one(n, 'triage', 'review', undefined),
        plugin: one(n, 'p1', undefined),
        connector: one(n, undefined, 'mail', 'crm', undefined, 'files'),
        model: one(n, 'claude-sonnet-5-5', 'acme-1', undefined),
        trigger: one(n, 'interactive', 'scheduled', undefined, 'subtask'),
        scheduleId: one(n, undefined, 'nightly'),
        occurredAt: new Date(Date.UTC(2026, 8, 20) + n * 10_000_007).toISOString(),
        costMicros: 1_000_003 * n,
      }),
    );
    assert.equal((await api.meter(records)).accepted, 500);
  });
  afterAll(() => service.dispose());

  const total = 1_000_003 * ((499 * 500) / 2);
  const pairs = dimensions.flatMap((one, place) => dimensions.slice(place + 1).map((other) => `${one},${other}`));
  for (const by of [...dimensions, ...pairs]) {
    it(`by ${by} sums to the same total`, async () => {
      const { items, totalMicros, records } = await api.spend(`by=${by}&${range}&limit=1000`);
      assert.deepEqual([totalMicros, records], [total, 500]);
      const sum = (name: string): number => items.reduce((added, item) => added + Number(item[name]), 0);
      assert.deepEqual([sum('spentMicros'), sum('records')], [total, 500]);
    });
  }

  it('says null for what records do not say, and an empty filter asks for it', async () => {
    const { items } = await api.spend(`by=skill&${range}`);
    assert.deepEqual(
      items.map(({ skill }) => skill),
      [null, 'review', 'triage'],
    );
    const { totalMicros } = await api.spend(`by=skill&${range}&skill=`);
    assert.equal(totalMicros, items[0].spentMicros);
  });

  it('filters by any dimension, alone and together', async () => {
    const { items } = await api.spend(`by=group,user&${range}&limit=1000`);
    const of = (match: (item: Record<string, unknown>) => boolean): number =>
      items.filter(match).reduce((added, { spentMicros }) => added + Number(spentMicros), 0);
    assert.equal(
      (await api.spend(`by=group&${range}&group=eng`)).totalMicros,
      of(({ group }) => group === 'eng'),
    );
    assert.equal(
      (await api.spend(`by=skill&${range}&user=ana&group=ops`)).totalMicros,
      of(({ group, user }) => group === 'ops' && user === 'ana'),
    );
    assert.equal((await api.spend(`by=group&${range}&user=nobody`)).totalMicros, 0);
  });

  it('goes through pages that add up', async () => {
    const page = z.object({
      items: z.array(z.object({ spentMicros: z.number() })),
      nextCursor: z.string().nullable(),
      totalMicros: z.number(),
    });
    let [added, pages] = [0, 0];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, nextCursor, totalMicros } = page.parse(
        (await api.get(`/spend?by=user,day&${range}&limit=7${cursor}`)).body,
      );
      assert.equal(totalMicros, total, 'the total is over all pages');
      assert.ok(items.length <= 7);
      added += items.reduce((sum, { spentMicros }) => sum + spentMicros, 0);
      pages++;
      cursor = nextCursor === null ? null : `&cursor=${nextCursor}`;
    }
    assert.equal(added, total);
    assert.ok(pages > 10);
  });

  it('cuts time into half-open days and months', async () => {
    const months = await Promise.all(
      ['2026-09', '2026-10', '2026-11'].map((month) => api.spend(`by=group&period=${month}`)),
    );
    assert.equal(
      months.reduce((sum, { totalMicros }) => sum + totalMicros, 0),
      total,
    );
    const october = await api.spend('by=day&from=2026-10-01&to=2026-11-01');
    assert.equal(october.totalMicros, months[1].totalMicros);
    assert.equal(october.items.length, 31);
    const { totalMicros } = await api.spend('by=day&from=2026-10-05&to=2026-10-06');
    assert.equal(totalMicros, october.items.find(({ day }) => day === '2026-10-05')?.spentMicros);
  });

  it('says as of when, and that an open month is provisional', async () => {
    assert.equal((await api.spend('by=group&period=2026-09')).provisional, true, 'nobody has closed it');
    assert.equal((await api.post('/periods/2026-09/close', { reason: 'a test' })).status, 200);
    const past = await api.spend('by=group&period=2026-09');
    assert.equal(past.provisional, false);
    const now = await api.spend('by=group');
    assert.equal(now.provisional, true);
    // A month that is closed has caps recorded again, in between or not.
    assert.ok(Number(now.asOf.position) >= Number(past.asOf.position));
    assert.ok(Date.parse(now.asOf.at) > 0);
  });
});

describe('a restart', () => {
  it('keeps all data, and shows no key again', () =>
    withDirectory(async (directory) => {
      const first = await startService({ directory });
      await apiOf(first).put('/organisation', { name: 'Acme', timeZone: 'Europe/Berlin' });
      await apiOf(first).put('/users/ana', { name: 'Ana', groupId: 'eng' });
      await apiOf(first).meter([recordWith({ userId: 'ana', groupId: undefined }), recordWith({ taskId: 't-kept' })]);
      const questions = [
        '/organisation',
        '/groups',
        '/tasks/t-kept',
        '/spend?by=user,day',
        '/spend?by=user,skill',
        '/prices',
        '/api-keys',
      ];
      const ask = async (api: Api): Promise<unknown[]> => {
        const answers = await Promise.all(questions.map(async (path) => (await api.get(path)).body));
        // The instant of an answer is its own.
        return answers.map((body) => JSON.parse(JSON.stringify(body).replace(/"at":"[^"]+"/g, '"at":""')) as unknown);
      };
      const before = await ask(apiOf(first));
      assert.equal(await first.stop(), 0);
      const second = await startService({ directory, ownerKey: first.ownerKey });
      assert.doesNotMatch(second.output(), /bursar_owner_/);
      assert.deepEqual(await ask(apiOf(second)), before);
      await second.stop();
    }));
});
