import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type Api, apiOf, recordWith } from '#test/support/api.js';
import { engineSettings } from '#test/support/engine.js';
import { fanOutWith, granted } from '#test/support/fan-outs.js';
import { isLong } from '#test/support/runs.js';
import { bursarCommand, type FreshService, startOnFreshDirectory } from '#test/support/service.js';

/** A log as commit 05da818 left it, and what that version answered: make.mjs beside it says how both came about. */
const fixture = join(process.cwd(), 'test/fixtures/log-05da818');
const answered = z
  .strictObject({
    key: z.string(),
    records: z.array(z.record(z.string(), z.unknown())),
    statements: z.record(z.string(), z.string()),
    spend: z.record(z.string(), z.record(z.string(), z.unknown())),
    notes: z.array(z.string()),
  })
  .parse(JSON.parse(readFileSync(join(fixture, 'answers.json'), 'utf8')));

const ingested = z.object({
  accepted: z.int(),
  duplicates: z.int(),
  rejected: z.array(z.object({ code: z.string() })),
});

const rerating = z.object({
  jobId: z.string(),
  status: z.enum(['running', 'finished']),
  correctedRecords: z.int(),
  wouldCorrect: z.object({ records: z.int(), differenceMicros: z.int() }).optional(),
});

const run = promisify(execFile);

/** Puts the log into a data directory, or into the event store that a service on that directory uses. */
const layOut = async (directory: string): Promise<void> => {
  const settings = await engineSettings(directory);
  const isElsewhere = settings.BURSAR_EVENT_STORE !== undefined;
  const origin = isElsewhere ? join(directory, 'origin') : directory;
  mkdirSync(join(origin, 'log'), { recursive: true });
  cpSync(join(fixture, 'data.mdb'), join(origin, 'log/data.mdb'));
  const env = { ...process.env, ...settings };
  if (isElsewhere) await run(process.execPath, bursarCommand('migrate', '--data', origin), { env });
};

/** A service of this version on the log. */
const startOnEarlierLog = (): Promise<FreshService> => startOnFreshDirectory({ ownerKey: answered.key }, layOut);

const onEarlierLog = async (use: (api: Api, directory: string) => Promise<void>): Promise<void> => {
  const service = await startOnEarlierLog();
  try {
    await use(apiOf(service), service.directory);
  } finally {
    await service.dispose();
  }
};

describe('a log of commit 05da818', () => {
  let shared: FreshService;
  beforeAll(async () => {
    shared = await startOnEarlierLog();
  });
  afterAll(() => shared.dispose());
  /** With the service that all share but one: the last of them changes what its records cost. */
  const onSharedLog = (use: (api: Api, directory: string) => Promise<void>) => use(apiOf(shared), shared.directory);

  it('has the same statements, byte for byte, and the same spend', () =>
    onSharedLog(async (api) => {
      for (const [statement, csv] of Object.entries(answered.statements)) {
        const { body } = await api.call('GET', `/api/v1/statements/${statement}`, undefined, { accept: 'text/csv' });
        assert.equal(body, csv, statement);
      }
      for (const [question, figures] of Object.entries(answered.spend)) {
        const { items, totalMicros, records, unpricedMicros } = await api.spend(question);
        assert.deepEqual({ items, totalMicros, records, unpricedMicros }, figures, question);
      }
    }));

  it('tells exactly what a record of 2^53 - 1 micros is part of, and all else as it was', () =>
    onSharedLog(async (api) => {
      const sums = z.object({
        items: z.array(z.looseObject({ group: z.string(), spentMicros: z.number().nullable() })),
        totalMicros: z.null(),
        totalMicrosExact: z.string(),
      });
      const { body } = await api.get('/spend?by=group&from=2026-09-01&to=2026-12-01');
      const { items, totalMicrosExact } = sums.parse(body);
      assert.equal(totalMicrosExact, '9007199356975141');
      const poison = items.find(({ group }) => group === 'poison');
      const exact = { spentMicros: null, spentMicrosExact: '9007199254740992' };
      assert.deepEqual(poison, { group: 'poison', ...exact, records: 2, unpricedMicros: 0 });
      const others = items.filter(({ group }) => group !== 'poison');
      assert.equal(
        others.reduce((sum, { spentMicros }) => sum + (spentMicros ?? NaN), 0),
        102_234_149,
      );
      const statement = await api.call('GET', '/api/v1/statements/2026-11', undefined, { accept: 'text/csv' });
      assert.match(String(statement.body), /^own,2026-11,poison,9007199254740992,2,0,USD\r$/m);
      for (const path of ['/groups', '/groups/eng', '/groups/poison', '/groups/poison/cap', '/organisation/cap']) {
        assert.equal((await api.get(path)).status, 200, path);
      }
      const alone = z.object({ items: z.array(z.unknown()), totalMicros: z.number() });
      assert.ok(
        alone.parse((await api.get('/spend?by=group&group=eng&from=2026-11-01&to=2026-12-01')).body).totalMicros > 0,
      );
      const cap = await api.put('/organisation/cap', { policy: { kind: 'fixed', capMicros: 100 } });
      assert.equal(cap.status, 200);
    }));

  it('knows every record again, as a duplicate or as a conflict, and shows notes as they were written', () =>
    onSharedLog(async (api) => {
      const meter = async (records: readonly object[]) =>
        ingested.parse((await api.call('POST', '/api/v1/metering?allowOld=true', records)).body);
      const { length } = answered.records;
      assert.deepEqual(await meter(answered.records), { accepted: 0, duplicates: length, rejected: [] });
      const { rejected, ...counts } = await meter(answered.records.map((record) => ({ ...record, skill: 'another' })));
      assert.deepEqual(counts, { accepted: 0, duplicates: 0 });
      const codes = rejected.map(({ code }) => code);
      assert.deepEqual(codes, new Array<string>(length).fill('identityConflict'));
      const { body } = await api.get('/audit?type=AlertFeedbackGiven');
      const { items } = z.object({ items: z.array(z.object({ change: z.object({ note: z.string() }) })) }).parse(body);
      assert.deepEqual(
        items.map(({ change }) => change.note),
        answered.notes,
      );
    }));

  it('goes on under every id it holds as it is, and takes no new one like them', () =>
    onEarlierLog(async (api) => {
      const [blank, unseen, composed, decomposed] = ['team-a ', 'te\u200bam-a', 'caf\u00e9', 'cafe\u0301'];
      const known = [
        { groupId: blank },
        { groupId: unseen },
        { groupId: decomposed },
        { userId: 'u-ne\u0301e' },
        { skill: decomposed },
        { taskId: 't-\u202eodd' },
      ];
      // In the month of the log, whatever month it is now.
      const occurredAt = '2026-11-20T12:00:00Z';
      const metered = known.map((ids) => recordWith({ skill: 'fresh', occurredAt, ...ids }));
      assert.equal((await api.meter(metered)).accepted, 6);
      const spent = async (filter: string) => (await api.spend(`by=user&period=2026-11&${filter}`)).totalMicros;
      assert.equal(await spent(`skill=fresh&group=${encodeURIComponent(decomposed)}`), 1_000);
      assert.equal(await spent(`skill=fresh&group=${encodeURIComponent(composed)}`), 0);
      const fresh = [{ groupId: 'ops ' }, { userId: 'u-ana ' }, { skill: `${composed} ` }, { taskId: blank }];
      const { rejected } = await api.meter(fresh.map((ids) => recordWith(ids)));
      assert.deepEqual(
        rejected.map(({ code }) => code),
        ['invalidId', 'invalidId', 'invalidId', 'invalidId'],
      );
      for (const groupId of [blank, unseen, composed, decomposed]) {
        const path = `/groups/${encodeURIComponent(groupId)}`;
        const { body } = await api.put(path, { name: 'As it is' });
        assert.deepEqual(body, { groupId, name: 'As it is' });
        for (const part of ['/cap', '/limits']) {
          const shown = z.object({ groupId: z.string() }).parse((await api.get(`${path}${part}`)).body);
          assert.equal(shown.groupId, groupId, part);
        }
        assert.equal(granted(await api.post('/fan-outs', fanOutWith({ groupId }))).groupId, groupId);
      }
      const reason = 'a test';
      const [from, to] = ['2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'];
      const moved = { filter: { group: unseen }, from, to, groupId: blank, reason };
      assert.equal((await api.post('/metering/reattributions', moved)).status, 202);
      assert.equal((await api.post('/metering/voids', { source: 'old', id: ' r-blank ', reason })).status, 200);
      while ((await spent(`group=${encodeURIComponent(unseen)}`)) > 0) await wait(50);
      assert.equal(await spent(`group=${encodeURIComponent(blank)}`), 1_000 + 40 + 1_000 + 50);
    }));

  it('is found right by verify, with a record of 2^53 - 1 micros and one more in it', () =>
    onSharedLog(async (_, directory) => {
      const { stdout } = await run(process.execPath, bursarCommand('verify', '--data', directory));
      assert.match(stdout, /^Nothing differs[.]/m);
      assert.match(stdout, /^ {2}spend +9,007,199,356,975,141 micros USD/m);
    }));

  it('is rated by the prices of its time, until somebody asks for the past to be rated anew', () =>
    onSharedLog(async (api, directory) => {
      const served = async (): Promise<bigint> => {
        const { body } = await api.get('/spend?by=group&from=2026-09-01&to=2026-12-01');
        return BigInt(z.object({ totalMicrosExact: z.string() }).parse(body).totalMicrosExact);
      };
      const verified = async (): Promise<bigint> => {
        const { stdout } = await run(process.execPath, bursarCommand('verify', '--data', directory));
        assert.match(stdout, /^Nothing differs[.]/m);
        const [, micros] = /^ {2}spend +([\d,]+) micros USD/m.exec(stdout) ?? assert.fail(stdout);
        return BigInt(micros.replaceAll(',', ''));
      };
      const spent = isLong ? verified : served;
      const rerate = async (dryRun: boolean) => {
        const range = { from: '2026-09-01T00:00:00Z', to: '2026-12-01T00:00:00Z', dryRun };
        let job = rerating.parse((await api.post('/prices/re-rate', range)).body);
        while (job.status === 'running') {
          job = rerating.parse((await api.get(`/jobs/${encodeURIComponent(job.jobId)}`)).body);
        }
        return job;
      };
      const before = await spent();
      const { wouldCorrect = { records: 0, differenceMicros: 0 } } = await rerate(true);
      assert.ok(wouldCorrect.records > 0);
      assert.equal(await spent(), before, 'a dry run moves nothing');
      assert.equal((await rerate(false)).correctedRecords, wouldCorrect.records);
      assert.equal(await verified(), before + BigInt(wouldCorrect.differenceMicros));
      assert.equal((await rerate(true)).wouldCorrect?.records, 0);
    }));
});
