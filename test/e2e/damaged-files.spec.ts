import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { millisecondsInDay } from 'date-fns/constants';
import { blockOffset } from '#identity-index/run-format.js';
import { EmbeddedSnapshots } from '#event-log-lmdb/snapshots.js';
import { foundLogFolder } from '#apps/bursar/data-directory.js';
import { apiOf, recordWith } from '#test/support/api.js';
import { readLogOf } from '#test/support/engine.js';
import { itWhen } from '#test/support/it-when.js';
import { isLong } from '#test/support/runs.js';
import { bursarCommand, startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';
import type { FreshService, RunningService } from '#test/support/service.js';

const oldDay = new Date(Date.now() - 200 * millisecondsInDay).toISOString().slice(0, 10);
const recent = Array.from({ length: 2_000 }, () => recordWith({ costMicros: 3 }));
const old = Array.from({ length: 50 }, (_, at) =>
  recordWith({ costMicros: 5, userId: `old-${String(at)}`, occurredAt: `${oldDay}T12:00:00.000Z` }),
);
const records = [...recent, ...old];

/** A directory with all of it in a snapshot, and the service that has stopped. */
const prepared = async (): Promise<FreshService> => {
  const service = await startOnFreshDirectory();
  const { accepted } = await apiOf(service).meter(records);
  assert.equal(accepted, records.length);
  await service.stop();
  return service;
};

const runsIn = (directory: string): readonly string[] =>
  readdirSync(join(directory, 'index'))
    .filter((name) => name.endsWith('.run'))
    .map((name) => join(directory, 'index', name));

/** Writes into the file in place, as a bad disk would: it stays the same file for whoever has it open. */
const flip = (file: string, offsets: readonly number[]): void => {
  const bytes = readFileSync(file);
  for (const at of offsets) bytes[at] ^= 0x10;
  writeFileSync(file, bytes, { flag: 'r+' });
};

/** Everywhere in the file: LMDB leaves older copies of a page behind. */
const placesOf = (file: string, what: Uint8Array | string): readonly number[] => {
  const bytes = readFileSync(file);
  const places: number[] = [];
  for (let at = bytes.indexOf(what); at >= 0; at = bytes.indexOf(what, at + 1)) places.push(at + what.length - 8);
  assert.ok(places.length > 0);
  return places;
};

/** Calls until the service has ended, with the exit code of a failure, and answers nothing else but 503. */
const untilEnded = async (service: RunningService, call: () => Promise<number>): Promise<void> => {
  const exit = once(service.process, 'exit');
  const statuses: number[] = [];
  while (service.process.exitCode === null) {
    const status = await call().catch(() => undefined);
    if (status !== undefined) statuses.push(status);
  }
  await exit;
  assert.equal(service.process.exitCode, 1);
  assert.ok(
    statuses.every((status) => status === 503),
    String(statuses),
  );
};

const requireAllCounted = async (directory: string, ownerKey: string): Promise<void> => {
  const service = await startService({ directory, ownerKey });
  const api = apiOf(service);
  const { accepted, duplicates, rejected } = await api.meter(records);
  assert.deepEqual([accepted, duplicates, rejected.length], [0, records.length, 0]);
  const to = new Date(Date.now() + millisecondsInDay).toISOString().slice(0, 10);
  const { totalMicros, records: counted } = await api.spend(`by=group&from=${oldDay}&to=${to}`);
  assert.deepEqual([totalMicros, counted], [2_000 * 3 + 50 * 5, records.length]);
  await service.stop();
};

const requireAllRight = async (directory: string, ownerKey: string): Promise<void> => {
  await requireAllCounted(directory, ownerKey);
  await requireVerified(directory);
};

const requireVerified = async (directory: string): Promise<void> => {
  const { stdout } = await promisify(execFile)(process.execPath, bursarCommand('verify', '--data', directory));
  assert.match(stdout, /Nothing differs/);
};

/** The service has said what was damaged, and what is folded anew at the next start is right. */
const requireMadeAnew = async (service: RunningService, directory: string): Promise<void> => {
  assert.match(service.output(), ended);
  await requireAllRight(directory, service.ownerKey);
};

const ended = /What is kept of the views is damaged: .*\. The log is whole and nothing is lost\. Start again/;

const isOwnLog = process.env.BURSAR_TEST_ENGINE === undefined;

describe('files that are damaged while the service runs', () => {
  /** Every test but the last leaves it as it was: whole, with a snapshot. */
  let kept: FreshService;
  beforeAll(async () => {
    kept = await prepared();
  });
  afterAll(() => kept.dispose());
  // It is made of the same events, whatever holds them.
  const itOfIndex = itWhen(isOwnLog || isLong, 'the identity index is the same on both engines: npm run test:long');

  const damages: Readonly<Record<string, (file: string) => void>> = {
    'blocks of the identity index': (file) => {
      flip(
        file,
        Array.from({ length: 12 }, (_, block) => blockOffset(block) + 700),
      );
    },
    'an identity index that was cut short': (file) => {
      truncateSync(file, blockOffset(1));
    },
  };
  for (const [what, damage] of Object.entries(damages)) {
    itOfIndex(`${what}: the service says so and ends, and the next start makes it anew`, async () => {
      const { directory, ownerKey } = kept;
      const service = await startService({ directory, ownerKey });
      const runs = runsIn(directory);
      assert.equal(runs.length, 1);
      runs.forEach(damage);
      await untilEnded(
        service,
        async () => (await apiOf(service).call('POST', '/api/v1/metering', records.slice(0, 100))).status,
      );
      await requireMadeAnew(service, directory);
    });
  }

  itOfIndex(
    'a file of the identity index that is gone, or another one, at a start: it is made anew at once',
    async () => {
      const { directory, ownerKey } = kept;
      for (const damage of [
        (file: string) => {
          truncateSync(file, 100);
        },
        (file: string) => {
          flip(file, [20]);
        },
        (file: string) => {
          flip(file, [readFileSync(file).length - 100]);
        },
      ]) {
        runsIn(directory).forEach(damage);
        await (isLong ? requireAllRight : requireAllCounted)(directory, ownerKey);
      }
      await requireVerified(directory);
    },
  );

  it('an old page of spend: the service says so and ends, and the next start makes it anew', async () => {
    const { directory, ownerKey } = kept;
    const folder = join(directory, 'views');
    const snapshots = await EmbeddedSnapshots.open({ directory: folder });
    const page = snapshots.require(`spend/page/user/day/${oldDay}`);
    await snapshots.close();
    const service = await startService({ directory, ownerKey });
    const file = join(folder, 'data.mdb');
    flip(file, placesOf(file, page));
    const to = new Date(Date.parse(oldDay) + millisecondsInDay).toISOString().slice(0, 10);
    await untilEnded(service, async () => (await apiOf(service).get(`/spend?by=user&from=${oldDay}&to=${to}`)).status);
    await requireMadeAnew(service, directory);
  });

  it('an event of the log: the service names it and ends; of the copy of a shared log, the next start makes it anew', async () => {
    const { directory, ownerKey } = kept;
    const log = await readLogOf(directory);
    const events = await log.readAll(0, 100);
    await log.close();
    const metered = events.find(({ type }) => type === 'RecordsMetered') ?? assert.fail();
    const service = await startService({ directory, ownerKey });
    const folder = foundLogFolder(directory) ?? assert.fail();
    const file = join(folder, 'data.mdb');
    flip(file, placesOf(file, metered.id));
    await untilEnded(service, async () => (await apiOf(service).get('/audit?type=RecordsMetered')).status);
    assert.match(service.output(), new RegExp(`The event at position ${String(metered.position)} cannot be trusted`));
    if (folder.endsWith('copy')) {
      assert.match(service.output(), /The copy of the log on this machine is damaged .* start again/);
      await requireAllRight(directory, ownerKey);
    } else {
      assert.match(service.output(), /Restore the data directory from a backup/);
    }
  });
});

describe('views that another log was folded into', () => {
  const itOnOwnLog = itWhen(isOwnLog, 'the log is in the event store');
  itOnOwnLog('are folded anew: a log that was continued elsewhere is put beside them', () =>
    withDirectory(async (directory) => {
      const [here, elsewhere] = [join(directory, 'here'), join(directory, 'elsewhere')];
      const begun = await startService({ directory: here });
      const { ownerKey } = begun;
      await apiOf(begun).meter([recordWith()]);
      await begun.stop();
      cpSync(join(here, 'log'), join(elsewhere, 'log'), { recursive: true });
      const meterAt = async (at: string, groupId: string, requests: number) => {
        const service = await startService({ directory: at, ownerKey });
        const made = Array.from({ length: requests }, () => recordWith({ groupId, costMicros: 7 }));
        for (const record of made) await apiOf(service).meter([record]);
        await service.stop();
        return made;
      };
      await meterAt(here, 'fork-here', 3);
      const there = await meterAt(elsewhere, 'fork-there', 9);
      rmSync(join(here, 'log'), { recursive: true });
      cpSync(join(elsewhere, 'log'), join(here, 'log'), { recursive: true });
      await assert.rejects(promisify(execFile)(process.execPath, bursarCommand('verify', '--data', here)), {
        stdout: /the snapshot was made from another log/,
      });
      const service = await startService({ directory: here, ownerKey });
      const api = apiOf(service);
      const { items } = await api.spend('by=group');
      assert.deepEqual(
        items.map(({ group, spentMicros }) => [group, spentMicros]),
        [
          ['eng', 1_000],
          ['fork-there', 63],
        ],
      );
      const { accepted, duplicates } = await api.meter(there);
      assert.deepEqual([accepted, duplicates], [0, 9]);
      assert.match(service.output(), /the snapshot was made from another log/);
      await service.stop();
      const { stdout } = await promisify(execFile)(process.execPath, bursarCommand('verify', '--data', here));
      assert.match(stdout, /^Nothing differs[.]/m);
    }),
  );
});
