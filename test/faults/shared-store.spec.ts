import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { assertOncePerEpisode } from '#test/support/alert-walk.js';
import { walkAdmissions } from '#test/support/admission-walk.js';
import { apiOf } from '#test/support/api.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { readLogOf } from '#test/support/engine.js';
import { runs } from '#test/support/runs.js';
import { bursarCommand, type RunningService } from '#test/support/service.js';
import { createFamilies } from './fan-out-families.js';
import { createSenders, randomFrom } from './ingest-senders.js';
import { withFleet } from './shared-store-processes.js';

const processes = 3;
/** Of each kind as many: there are three. */
const troubles = runs(3, 102);
const senders = 1;
/** What befalls the processes is the point here, not how much they are sent. */
const restMs = 50;
const schedulers = 2;
/** One group for all of them: a few families have all the slots, and fewer all the money. */
const maxConcurrency = 9;
const capMicros = 100_000;
/** What the senders spend in the month of now passes it soon. */
const lowCapMicros = 10_000_000;
const thresholds = [0.5, 1];

const everyEvent = async (directory: string) => {
  const log = await readLogOf(directory);
  const events = await log.readAll(0, Number.MAX_SAFE_INTEGER);
  await log.close();
  return events;
};

/** Resolves when the process shows what another one has answered. */
const caughtUp = async (service: RunningService, position: bigint): Promise<void> => {
  while (BigInt((await apiOf(service).spend('by=group')).asOf.position) < position) await wait(10);
};

const positionOf = async (service: RunningService): Promise<bigint> =>
  BigInt((await apiOf(service).spend('by=group')).asOf.position);

const requireSameLog = async (directories: readonly string[]) => {
  const [events, ...others] = await Promise.all(directories.map(everyEvent));
  for (const other of others) {
    const length = Math.min(events.length, other.length);
    assert.deepEqual(other.slice(0, length), events.slice(0, length), 'every process has the same log');
  }
  return events;
};

/** Chance, which a test can be told to repeat. */
const chance = (): (() => number) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  diagnostic(`seed ${String(seed)}`);
  return randomFrom(seed);
};

describe('laws 2 to 10: three processes on one store, killed, stopped and cut off', () => {
  it('count every acknowledged record exactly once, and all count the same', async () => {
    const random = chance();
    const book = createSenders(random, restMs);
    await withFleet(processes, random, async (fleet) => {
      const owner = apiOf(fleet.members[0].service);
      await owner.put('/groups/unassigned/cap', { policy: { kind: 'fixed', capMicros: lowCapMicros }, thresholds });
      const load = (service: RunningService) => book.load(service, senders);
      for (const member of fleet.members) member.gone = load(member.service);
      for (let trouble = 0; trouble < troubles; trouble++) {
        const enough = book.answered() + 10;
        await fleet.trouble(load);
        while (book.answered() < enough) await wait(1);
      }
      await fleet.killAndRestart();
      const [first, ...others] = fleet.members.map(({ service }) => service);
      await book.sendTheRest(first);
      const position = await positionOf(first);
      for (const service of others) await caughtUp(service, position);
      for (const { service } of fleet.members) await book.compare(service);
      assert.deepEqual(await fleet.stop(), [0, 0, 0]);
      diagnostic(
        `${String(book.acknowledgedRecords())} records acknowledged, ${String(book.refused())} requests refused for now, ${String(book.givenUp())} given up`,
      );
      const directories = fleet.members.map(({ directory }) => directory);
      assert.ok(
        assertOncePerEpisode(await requireSameLog(directories)) >= thresholds.length,
        'every threshold is crossed',
      );
      // The same book, kept by somebody else: recomputed from the log in another way.
      for (const directory of directories) {
        const verified = spawnSync(process.execPath, bursarCommand('verify', '--data', directory), {
          encoding: 'utf8',
        });
        assert.equal(verified.status, 0, `${verified.stdout}\n${verified.stderr}`);
      }
    });
  });

  it('F1, F2, F3: never grant too much, lend nothing twice, and keep every grant they have answered', async () => {
    const random = chance();
    const families = createFamilies(random);
    await withFleet(processes, random, async (fleet) => {
      const owner = apiOf(fleet.members[0].service);
      await owner.put('/groups/eng', { name: 'Engineering' });
      await owner.put('/groups/eng/limits', { maxConcurrency });
      const policy = { kind: 'fixed', capMicros };
      const first = { overrideFirstQuarter: true, reason: 'test' };
      const capped = await owner.put('/groups/eng/cap', { policy, enforcement: 'enforce', ...first });
      assert.equal(capped.status, 200, JSON.stringify(capped.body));
      const load = (service: RunningService) => families.load(service, schedulers);
      for (const member of fleet.members) member.gone = load(member.service);
      for (let trouble = 0; trouble < troubles; trouble++) {
        const enough = families.answered() + 10;
        await fleet.trouble(load);
        while (families.answered() < enough) await wait(1);
      }
      await fleet.killAndRestart();
      const position = await positionOf(fleet.members[0].service);
      for (const { service } of fleet.members) await caughtUp(service, position);
      assert.deepEqual(await fleet.stop(), [0, 0, 0]);
      const events = await requireSameLog(fleet.members.map(({ directory }) => directory));
      const { granted } = walkAdmissions(events, { maxConcurrency, capMicros });
      for (const [requestId, fanOutId] of families.grants) assert.equal(granted.get(requestId), fanOutId);
      assert.ok(families.children() > 0, 'some have fanned out again');
      diagnostic(`${String(families.grants.size)} grants, ${String(families.children())} of them children`);
    });
  });
});
