import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { foundLogFolder } from '#apps/bursar/data-directory.js';
import { StandIn } from '#test/eventstore/stand-in.js';
import { sharing, withStandIn } from '#test/eventstore/with-stand-in.js';
import { type Api, apiOf, codeOf, recordWith } from '#test/support/api.js';
import { fanOutWith, granted } from '#test/support/fan-outs.js';
import { endedStart } from '#test/support/ended-start.js';
import { readLogOf } from '#test/support/engine.js';
import { bursarCommand, type RunningService, startService, withDirectory } from '#test/support/service.js';

const own = { BURSAR_EVENT_STORE: undefined };

/** Meters so many records, one by one, and stops; resolves to the owner key if this was the first start on the store. */
const meteredOn = async (standIn: StandIn, directory: string, records: number): Promise<string> => {
  const service = await startService({ directory, environment: sharing(standIn) });
  for (let record = 0; record < records; record++) await apiOf(service).meter([recordWith()]);
  await service.stop();
  return service.ownerKey;
};

const headOf = async (directory: string): Promise<number> => {
  if (foundLogFolder(directory) === undefined) return 0;
  const log = await readLogOf(directory);
  return log.head().finally(() => log.close());
};

/** Starts a service that is not ready before it is killed, which is as soon as it has come so far. */
const killedOnce = async (directory: string, settings: NodeJS.ProcessEnv, isSoFar: () => Promise<boolean>) => {
  const env = { ...process.env, BURSAR_DATA_DIR: directory, BURSAR_PORT: '0', ...settings };
  const child = spawn(process.execPath, bursarCommand('serve'), { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (!(await isSoFar())) await wait(20);
  child.kill('SIGKILL');
  await ended;
};

/** Resolves when the process shows as much as the other one has answered. */
const seen = async (api: Api, records: number): Promise<void> => {
  while ((await api.spend('by=group')).records < records) await wait(10);
};

describe('two processes on one log', () => {
  let standIn: StandIn;
  let services: readonly RunningService[];
  let apis: readonly Api[];
  let ended: Promise<unknown>;
  let end: () => void;
  beforeAll(async () => {
    standIn = await StandIn.start();
    let begun: () => void = () => undefined;
    const isBegun = new Promise<void>((resolve) => (begun = resolve));
    const isOver = new Promise<void>((resolve) => (end = resolve));
    ended = withDirectory((one) =>
      withDirectory(async (other) => {
        // At the same time, on an empty log.
        services = await Promise.all(
          [one, other].map((directory) => startService({ directory, environment: sharing(standIn) })),
        );
        begun();
        await isOver;
        await Promise.all(services.map((service) => service.stop()));
        await standIn.stop();
      }),
    );
    await isBegun;
    const ownerKey = services.map((service) => service.ownerKey).find((key) => key !== '') ?? '';
    apis = services.map((service) => apiOf({ ...service, ownerKey }));
  });
  afterAll(async () => {
    end();
    await ended;
  });

  it('show one owner key between them, which opens both', async () => {
    assert.equal(services.filter(({ ownerKey }) => ownerKey !== '').length, 1);
    for (const api of apis) assert.equal((await api.get('/spend')).status, 200);
  });

  it('accept the same record once, and call it a duplicate once, whoever it is sent to', async () => {
    for (let round = 0; round < 20; round++) {
      const record = recordWith();
      const answers = await Promise.all(apis.map((api) => api.meter([record])));
      const told = answers.map(({ accepted, duplicates }) => `${String(accepted)}+${String(duplicates)}`);
      assert.deepEqual(told.toSorted(), ['0+1', '1+0']);
    }
  });

  it('accept one of two records of one identity, refuse the other, and both show the one', async () => {
    const before = (await Promise.all(apis.map((api) => api.spend('by=group')))).map(({ records }) => records);
    const rounds = 20;
    let acceptedMicros = 0;
    for (let round = 0; round < rounds; round++) {
      const { id } = recordWith();
      const costs = [1_000, 2_000];
      const answers = await Promise.all(
        apis.map((api, place) => api.meter([recordWith({ id, userId: 'u-raced', costMicros: costs[place] })])),
      );
      const winner = answers.findIndex(({ accepted }) => accepted === 1);
      const loser = answers[1 - winner];
      assert.deepEqual([loser.accepted, loser.duplicates], [0, 0]);
      assert.equal(loser.rejected[0].code, 'identityConflict');
      acceptedMicros += costs[winner];
    }
    for (const api of apis) {
      await seen(api, Math.max(...before) + rounds);
      assert.equal((await api.spend('user=u-raced')).totalMicros, acceptedMicros);
    }
  });

  it('let a task finish once', async () => {
    await apis[0].meter([recordWith({ taskId: 't-raced' })]);
    const answers = await Promise.all(
      (['succeeded', 'failed'] as const).map((status, place) =>
        apis[place].post('/tasks/t-raced/finish', { status, at: new Date().toISOString() }),
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409]);
  });

  it('let one void win', async () => {
    const record = recordWith();
    await apis[0].meter([record]);
    const { records } = await apis[0].spend('by=group');
    await seen(apis[1], records);
    const voided = { source: 'test', id: record.id, reason: 'a test' };
    const answers = await Promise.all(apis.map((api) => api.post('/metering/voids', voided)));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409]);
  });

  it('grant below what the other one has just granted, also to a key for one group', async () => {
    const made = await apis[0].post('/api-keys', { name: 'eng', role: 'scheduler', groups: ['eng'] });
    const { key } = z.object({ key: z.string() }).parse(made.body);
    const [first, second] = services.map((service) => apiOf(service, key));
    while ((await second.get('/fan-outs')).status !== 200) await wait(10);

    services[1].process.kill('SIGSTOP');
    const { fanOutId } = granted(await first.post('/fan-outs', fanOutWith({ groupId: 'eng' })));
    const child = fanOutWith({ groupId: 'eng', parentFanOutId: fanOutId });
    const answering = Promise.all([second.post('/fan-outs/check', child), second.post('/fan-outs', child)]);
    // They are there before it wakes and reads what it has missed.
    await wait(500);
    services[1].process.kill('SIGCONT');
    const answers = await answering;
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
    granted(answers[1]);
  });

  it('let a key do nothing that is decided after the other one has revoked it', async () => {
    const made = await apis[0].post('/api-keys', { name: 'leaver', role: 'owner' });
    const { id, key } = z.object({ id: z.string(), key: z.string() }).parse(made.body);
    const leaver = apiOf(services[1], key);
    while ((await leaver.get('/limits')).status !== 200) await wait(10);
    const fanOut = fanOutWith({ requestId: 'leaver', groupId: 'eng' });
    const { fanOutId } = granted(await leaver.post('/fan-outs', fanOut));

    services[1].process.kill('SIGSTOP');
    const { status, body } = await apis[0].call('DELETE', `/api/v1/api-keys/${id}`);
    assert.equal(status, 200, JSON.stringify(body));
    const { position } = (await apis[0].spend('by=group')).asOf;
    const answering = Promise.all([
      leaver.put('/limits', { maxConcurrency: 1 }),
      leaver.post('/fan-outs', fanOut),
      leaver.post('/fan-outs/check', fanOut),
      leaver.post(`/fan-outs/${fanOutId}/renew`, {}),
      leaver.post(`/fan-outs/${fanOutId}/release`, {}),
      leaver.get(`/spend?minPosition=${position}`),
    ]);
    // They are there before it wakes and reads what it has missed.
    await wait(500);
    services[1].process.kill('SIGCONT');
    const answers = await answering;
    assert.deepEqual(answers.map(codeOf), Array(6).fill('keyUnknown'));
    assert.equal(
      z.object({ state: z.string() }).parse((await apis[0].get(`/fan-outs/${fanOutId}`)).body).state,
      'live',
    );
  });
});

describe('the data directory of a process that has metered', () => {
  let standIn: StandIn;
  let directory: string;
  let ownerKey: string;
  let records = 3;
  beforeAll(async () => {
    standIn = await StandIn.start();
    directory = await mkdtemp(join(tmpdir(), 'bursar-'));
    ownerKey = await meteredOn(standIn, directory, records);
  });
  afterAll(async () => {
    await standIn.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const start = (name?: string, at = directory) =>
    startService({ directory: at, environment: sharing(standIn, name), ownerKey });
  const requireCounted = async (service: RunningService): Promise<void> => {
    assert.equal((await apiOf(service).spend('by=group')).records, records);
    await service.stop();
  };

  it('keeps its name and its views, and comes back without them', async () => {
    for (const name of [undefined, 'front-1']) {
      const service = await start(name);
      assert.equal((await apiOf(service).meter([recordWith()])).accepted, 1);
      records++;
      await service.stop();
    }
    const log = await readLogOf(directory);
    const streams = (await log.readAll(0, 1_000)).map(({ stream }) => stream);
    await log.close();
    const writers = new Set(streams.filter((stream) => stream.startsWith('metering-')));
    assert.equal(writers.size, 2, [...writers].join());
    assert.ok(writers.has('metering-front-1'));
    await withDirectory(async (another) => requireCounted(await start(undefined, another)));
  });

  it('says that a damaged copy may be removed, and reads it again when it was', async () => {
    const copy = join(directory, 'copy');
    truncateSync(join(copy, 'data.mdb'), 4_096);
    const refused = await endedStart(directory, sharing(standIn));
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /copy of the log in .*copy is damaged\. Remove it/);
    rmSync(copy, { recursive: true });
    await requireCounted(await start());
  });

  it('is free again after a start that could not open its views', async () => {
    const views = join(directory, 'views');
    rmSync(views, { recursive: true });
    writeFileSync(views, 'no folder');
    const { status, stderr } = await endedStart(directory, sharing(standIn));
    assert.deepEqual([status, stderr.includes('views cannot be written')], [1, true], stderr);
    rmSync(views);
    await requireCounted(await start());
  });

  it('belongs to one kind of log', async () => {
    const alone = await endedStart(directory, own);
    assert.equal(alone.status, 2);
    assert.match(alone.stderr, /the copy of a log in an event store: set BURSAR_EVENT_STORE/);
    await withDirectory(async (other) => {
      await (await startService({ directory: other, environment: own })).stop();
      const shared = await endedStart(other, sharing(standIn));
      assert.deepEqual([shared.status, shared.stdout], [2, '']);
      assert.match(shared.stderr, /an event log of its own.*BURSAR_DATA_DIR/);
    });
  });
});

describe('the data directory of a process', () => {
  it('keeps no views of another log, also when the first start on a new copy was killed', () =>
    withStandIn((former) =>
      withStandIn((present) =>
        withDirectory(async (directory) => {
          await meteredOn(former, directory, 2);
          const ownerKey = await withDirectory((other) => meteredOn(present, other, 6));
          rmSync(join(directory, 'copy'), { recursive: true });
          present.faults.saysCaughtUp = false;
          await killedOnce(directory, sharing(present), async () => (await headOf(directory)) > 6);
          present.faults.saysCaughtUp = true;
          const service = await startService({ directory, environment: sharing(present), ownerKey });
          assert.equal((await apiOf(service).spend('by=group')).records, 6);
          await service.stop();
        }),
      ),
    ));

  const wrong: readonly [name: string, settings: NodeJS.ProcessEnv, says: RegExp, status: number][] = [
    ['no connection string', { BURSAR_EVENT_STORE: 'http://db:2113' }, /BURSAR_EVENT_STORE: .* expected esdb:/, 2],
    ['a wrong option', { BURSAR_EVENT_STORE: 'esdb://ana:very-secret@db?tsl=true' }, /does not know "tsl"/, 2],
    ['a wrong port', { BURSAR_EVENT_STORE: 'esdb://ana:very-secret@db:port' }, /expected port number/, 2],
    ['a wrong namespace', { BURSAR_EVENT_STORE_NAMESPACE: 'A:b' }, /BURSAR_EVENT_STORE_NAMESPACE: takes 1 to 63/, 2],
    ['a wrong name', { BURSAR_PROCESS: 'A b' }, /BURSAR_PROCESS: takes 1 to 63/, 2],
    ['a name, but no event store', { ...own, BURSAR_PROCESS: 'a' }, /set BURSAR_EVENT_STORE, too/, 2],
  ];
  for (const [name, settings, says, status] of wrong) {
    it(`is not opened with ${name}`, () =>
      withDirectory(async (directory) => {
        const told = await endedStart(directory, settings);
        assert.equal(told.status, status, told.stderr);
        assert.match(told.stderr, says);
        assert.doesNotMatch(told.stderr, /very-secret|\n\s+at /, 'no password, no stack');
      }));
  }

  it('is free again after a start that has failed late', () =>
    withStandIn((standIn) =>
      withDirectory(async (directory) => {
        standIn.faults.deniesAppendsTo = 'bursar:';
        const { status, stderr } = await endedStart(directory, sharing(standIn));
        assert.equal(status, 1, stderr);
        assert.match(stderr, /^bursar: It may not append to "bursar:format".* give the user .* that right/m);
        standIn.faults.deniesAppendsTo = undefined;
        await (await startService({ directory, environment: sharing(standIn) })).stop();
      }),
    ));

  it('is not opened for an event store that cannot hold the log', () =>
    withStandIn((standIn) =>
      withDirectory(async (directory) => {
        standIn.faults.version = '22.10.5';
        const { status, stderr } = await endedStart(directory, sharing(standIn));
        assert.equal(status, 1, stderr);
        assert.match(stderr, /^bursar: The event store has version 22\.10\.5: update it to 23\.10 or later/m);
        assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
      }),
    ));
});
