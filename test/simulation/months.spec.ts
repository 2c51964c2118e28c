import assert from 'node:assert/strict';
import { formatInstant, parseInstant, parsePeriod } from '#kernel/instants.js';
import { type Governed, startGoverned } from './governed.js';
import { type Disk, emptyDisk } from './process.js';

const at = (text: string): number => {
  const parsed = parseInstant(text);
  if (typeof parsed !== 'number') throw new Error(text);
  return parsed;
};
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: true };
const october = parsePeriod('2026-10') ?? 0;
let records = 0;

/** A day of October that costs so much, metered when the clock says so. */
const meter = (process: Governed, occurredAt: string, costMicros: number, groupId = 'eng') => {
  const id = `m${String(++records)}`;
  return process.ingest.accept(
    [{ source: 's', id, taskId: id, userId: 'ana', groupId, costMicros, occurredAt }],
    caller,
  );
};

const moveTo = async (disk: Disk, process: Governed, instant: string): Promise<void> => {
  disk.clock.advance(at(instant) - disk.clock.now());
  process.tick();
  await process.rest();
};

const begin = async (instant: string, timeZone: string) => {
  const disk = emptyDisk(at(instant));
  const process = await startGoverned(disk);
  const meta = { commandId: 'zone', nowMs: disk.clock.now(), actor: 'apiKey:test', reason: '' };
  await process.organisation.configure({ timeZone }, meta);
  await process.rest();
  return { disk, process };
};

describe('a month that ends', () => {
  // Berlin leaves summer time on 25 October: the month ends at 23:00 UTC, and the 5th begins at 23:00 UTC the day before.
  it('closes by itself at the first instant of the close day, in the zone of the organisation', async () => {
    const { disk, process } = await begin('2026-10-31T20:00:00Z', 'Europe/Berlin');
    await moveTo(disk, process, '2026-10-31T22:59:59.999Z');
    await moveTo(disk, process, '2026-10-31T23:00:00Z');
    assert.deepEqual(process.views.periods.ended(), [october]);
    await moveTo(disk, process, '2026-11-04T22:59:59.999Z');
    assert.equal(process.views.periods.isClosed(october), false);
    await moveTo(disk, process, '2026-11-04T23:00:00Z');
    assert.equal(process.views.periods.closeOf(october)?.at, '2026-11-04T23:00:00.000Z');
    await process.kill();
  });

  it('closes at the next start, when the service was down on the close day', async () => {
    const { disk, process } = await begin('2026-10-31T20:00:00Z', 'Etc/UTC');
    await moveTo(disk, process, '2026-11-01T00:00:00Z');
    await process.kill();
    disk.clock.advance(at('2026-11-09T12:00:00Z') - disk.clock.now());
    const next = await startGoverned(disk);
    await next.rest();
    assert.equal(next.views.periods.isClosed(october), true);
    await next.kill();
  });

  it('waits for a person, when the service was not there as it ended', async () => {
    const { disk, process } = await begin('2026-10-31T20:00:00Z', 'Etc/UTC');
    await meter(process, '2026-10-20T12:00:00Z', 5);
    await process.kill();
    disk.clock.advance(at('2026-11-02T12:00:00Z') - disk.clock.now());
    const next = await startGoverned(disk);
    await next.rest();
    await moveTo(disk, next, '2026-11-20T12:00:00Z');
    assert.equal(next.views.periods.isClosed(october), false);
    await next.closePeriod(october, {
      commandId: 'c',
      nowMs: disk.clock.now(),
      actor: 'apiKey:f',
      reason: 'checked',
    });
    assert.equal(next.views.periods.isClosed(october), true);
    await next.kill();
  });
});

describe('a cap as a month begins', () => {
  const november = october + 1;
  const capNow = (disk: Disk, process: Governed) => process.caps.inForce('eng', november, disk.clock.now());

  it('is there at 00:00:00.000, and never changes after the month before is closed', async () => {
    const { disk, process } = await begin('2026-10-05T00:00:00Z', 'Etc/UTC');
    await meter(process, '2026-09-30T12:00:00Z', 1);
    await meter(process, '2026-10-03T12:00:00Z', 1_000);
    await moveTo(disk, process, '2026-10-31T23:59:59.999Z');
    disk.clock.advance(1);
    assert.equal(capNow(disk, process)?.capMicros, 1_300, 'before any saga has noticed');
    await moveTo(disk, process, '2026-11-01T00:00:01Z');
    await meter(process, '2026-10-31T12:00:00Z', 1);
    assert.equal(capNow(disk, process)?.capMicros, 1_300, 'a late micro waits for its hour');
    await moveTo(disk, process, '2026-11-01T02:00:00Z');
    assert.equal(capNow(disk, process)?.capMicros, 1_301);
    await meter(process, '2026-10-31T12:00:00Z', 1);
    await moveTo(disk, process, '2026-11-05T00:00:00Z');
    await moveTo(disk, process, '2026-11-05T00:00:01Z');
    const closed = capNow(disk, process);
    assert.deepEqual(
      [closed?.capMicros, closed?.derived.basis],
      [1_303, { kind: 'actual', period: '2026-10', actualMicros: 1_002, historyDays: 31, days: 31, status: 'final' }],
    );
    await meter(process, '2026-10-31T12:00:00Z', 5_000);
    await moveTo(disk, process, '2026-11-06T00:00:00Z');
    assert.equal(capNow(disk, process)?.capMicros, 1_303);
    await process.kill();
  });

  it('is there after a week of downtime over the change of the month', async () => {
    const { disk, process } = await begin('2026-10-27T00:00:00Z', 'Etc/UTC');
    await meter(process, '2026-09-30T12:00:00Z', 1);
    await meter(process, '2026-10-20T12:00:00Z', 1_000);
    await process.kill();
    disk.clock.advance(at('2026-11-03T08:00:00Z') - disk.clock.now());
    const next = await startGoverned(disk);
    assert.equal(capNow(disk, next)?.capMicros, 1_300);
    await next.rest();
    assert.equal(next.views.caps.recorded('eng', '2026-11')?.capMicros, 1_300);
    await next.kill();
  });

  it('raises no alert again when a late micro makes every cap anew on the close day', async () => {
    const { disk, process } = await begin('2026-10-31T12:00:00Z', 'Etc/UTC');
    await meter(process, '2026-09-30T12:00:00Z', 1);
    await meter(process, '2026-10-20T12:00:00Z', 1_000);
    await moveTo(disk, process, '2026-11-01T00:00:00Z');
    await meter(process, formatInstant(at('2026-11-01T00:00:00Z')), 700);
    await process.rest();
    const open = () =>
      process.views.alerts.openOf('eng').map(({ alertId, episode }) => `${alertId} ${String(episode)}`);
    assert.deepEqual(open(), ['capThreshold:eng:*:2026-11:0.5 1']);
    await meter(process, '2026-10-31T12:00:00Z', 1);
    await moveTo(disk, process, '2026-11-05T00:00:00Z');
    await moveTo(disk, process, '2026-11-05T00:00:01Z');
    assert.deepEqual(open(), ['capThreshold:eng:*:2026-11:0.5 1']);
    await moveTo(disk, process, '2026-12-01T00:00:00Z');
    assert.deepEqual(open(), [], 'its month is over');
    await process.kill();
  });
});
