import assert from 'node:assert/strict';
import { millisecondsInHour } from 'date-fns/constants';
import { formatInstant } from '#kernel/instants.js';
import { AuditQueries } from '#audit/queries/audit.query.js';
import { eventsPerSeal } from '#audit/queries/seal-due.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { assertSealed, type Governed, startGoverned } from './governed.js';
import { type Disk, emptyDisk } from './process.js';
import { everyEvent } from './replays.js';

const meta = (disk: Disk) => ({ commandId: 'c', nowMs: disk.clock.now(), actor: 'apiKey:test', reason: '' });

/** A name is no business of any other saga. */
const rename = (disk: Disk, process: Governed, name: string) =>
  process.directory.putGroup({ groupId: 'eng', name }, { ...meta(disk), commandId: `name:${name}` });

const pass = async (disk: Disk, process: Governed, hours: number): Promise<void> => {
  disk.clock.advance(hours * millisecondsInHour);
  process.tick();
  await process.rest();
};

const sealsOf = async (disk: Disk) => (await everyEvent(disk)).filter(({ type }) => type === 'AuditSealed');

/** It is 20:00 in Auckland on the 10th, and 07:00 in UTC. */
const begin = async () => {
  const disk = emptyDisk(Date.UTC(2026, 10, 10, 7));
  const process = await startGoverned(disk);
  await process.organisation.configure({ timeZone: 'Pacific/Auckland' }, meta(disk));
  await rename(disk, process, 'Eng');
  await process.rest();
  return { disk, process };
};

describe('the seals of the audit', () => {
  it('come with the first wake of a day in the zone of the organisation, from the day after the first event on', async () => {
    const { disk, process } = await begin();
    await pass(disk, process, 3);
    assert.deepEqual(await assertSealed(disk), [], 'at 23:00');
    const head = process.feed.position;
    await pass(disk, process, 1);
    assert.deepEqual(await assertSealed(disk), [head], 'at midnight');
    const [seal] = await sealsOf(disk);
    assert.equal(seal.stream, 'audit');
    assert.deepEqual(
      [seal.meta.actor, seal.meta.now, seal.meta.commandId],
      ['system:sealAudit', '2026-11-10T11:00:00.000Z', `sealAudit:2026-11-11:${String(head)}`],
    );

    await rename(disk, process, 'Engineering');
    await pass(disk, process, 23);
    assert.deepEqual(await assertSealed(disk), [head], 'one a day');
    await pass(disk, process, 1);
    assert.deepEqual(await assertSealed(disk), [head, head + 2]);
    await process.kill();
  });

  it('do not come while nothing but seals is new', async () => {
    const { disk, process } = await begin();
    for (let day = 0; day < 5; day++) await pass(disk, process, 24);
    assert.equal((await assertSealed(disk)).length, 1);
    await rename(disk, process, 'Engineering');
    await pass(disk, process, 24);
    assert.equal((await assertSealed(disk)).length, 2);
    await process.kill();
  });

  it('go on after a restart, with a snapshot and without one, and after days in which nobody was there', async () => {
    const { disk, process } = await begin();
    await pass(disk, process, 24);
    await process.snapshot();
    await process.kill();
    const second = await startGoverned(disk);
    await second.rest();
    assert.equal((await assertSealed(disk)).length, 1, 'the day has its seal');
    await rename(disk, second, 'E');
    await second.kill();

    await disk.snapshots.clear();
    disk.clock.advance(72 * millisecondsInHour);
    const third = await startGoverned(disk);
    await third.rest();
    const sealed = await assertSealed(disk);
    assert.equal(sealed.length, 2);
    await third.kill();
  });

  it('are one when two processes share a log, also if one of them hears late', async () => {
    const { disk, process } = await begin();
    const other = await startGoverned({ ...disk, snapshots: emptyDisk(0).snapshots });
    for (let day = 1; day <= 6; day++) {
      await rename(disk, process, `day ${String(day)}`);
      if (day % 2 === 0) other.log.hold();
      disk.clock.advance(24 * millisecondsInHour);
      process.tick();
      other.tick();
      await process.rest();
      other.log.resume();
      await other.feed.reached(await disk.log.head());
      await Promise.all([process.rest(), other.rest()]);
      assert.equal((await assertSealed(disk)).length, day);
    }
    await other.kill();
    await process.kill();
  });

  it('go a long way in several, one behind the other, and then once a day again', async () => {
    const { disk, process } = await begin();
    const said = { ...meta(disk), now: formatInstant(disk.clock.now()), commandId: 'many' };
    const events = Array.from({ length: 2 * eventsPerSeal + 10 }, (_, at) =>
      proposeEvent('many', at, { type: 'OfAnotherVersion', data: { at } }, said),
    );
    await disk.log.append({ stream: 'other', expectedRevision: -1, events });
    const head = await disk.log.head();
    await process.feed.reached(head);
    const readAll = process.log.readAll;
    let reads = 0;
    process.log.readAll = (after, limit) => {
      reads++;
      // Time goes on while it reads.
      if (reads % 500 === 0) process.tick();
      return readAll(after, limit);
    };
    await pass(disk, process, 24);
    assert.deepEqual(await assertSealed(disk), [eventsPerSeal, 2 * eventsPerSeal, head + 2]);
    await pass(disk, process, 24);
    assert.equal((await sealsOf(disk)).length, 3);
    assert.equal(reads, head + 2, 'nothing is read twice');
    await process.kill();
  });

  it('are told beside the audit', async () => {
    const { disk, process } = await begin();
    const queries = process.get(AuditQueries);
    const sealed = async () =>
      (await queries.page({ fromMs: -Infinity, toMs: Infinity }, { order: 'newest', rows: 1 }, 1)).sealed;
    assert.equal(await sealed(), null);
    await pass(disk, process, 24);
    const [{ data }] = await sealsOf(disk);
    assert.ok('hash' in data && 'upToPosition' in data);
    assert.deepEqual(await sealed(), {
      position: String(data.upToPosition),
      hash: data.hash,
      at: formatInstant(disk.clock.now()),
    });
    await process.kill();
  });
});
