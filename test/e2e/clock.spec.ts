import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { millisecondsInDay, millisecondsInMinute } from 'date-fns/constants';
import { z } from 'zod';
import { type Api, apiOf, codeOf, recordWith } from '#test/support/api.js';
import { readLogOf } from '#test/support/engine.js';
import { fanOutWith } from '#test/support/fan-outs.js';
import { type RunningService, startService, withDirectory } from '#test/support/service.js';

const year = 365 * millisecondsInDay;

const clockAnswer = z.object({
  wallAt: z.iso.datetime(),
  trustedAt: z.iso.datetime(),
  differenceMs: z.number(),
  alarm: z.object({ kind: z.string(), since: z.iso.datetime(), detail: z.string() }).nullable(),
});
const clockOf = async (api: Api) => clockAnswer.parse((await api.get('/clock')).body);

/** A service whose wall clock can be moved. */
const startMovable = async (directory: string, ownerKey?: string) => {
  const file = join(directory, 'clock-ahead');
  const preload = new URL('../support/shifted-clock.js', import.meta.url).href;
  const service = await startService({
    directory,
    ...(ownerKey !== undefined && { ownerKey }),
    environment: { BURSAR_TEST_CLOCK: file, NODE_OPTIONS: `--import=${preload}` },
  });
  return { service, api: apiOf(service), move: moverOf(directory) };
};
const moverOf = (directory: string) => (aheadMs: number) => {
  writeFileSync(join(directory, 'clock-ahead'), String(aheadMs));
};

const untilAlarm = async (api: Api, kind: string | undefined): Promise<void> => {
  while ((await clockOf(api)).alarm?.kind !== kind) await wait(20);
};
/** The ticks of the service have come by, with everything that time does. */
const ticks = () => wait(2_500);

const typesIn = async (directory: string): Promise<readonly string[]> => {
  const log = await readLogOf(directory);
  const events = await log.readAll(0, 1_000);
  await log.close();
  return events.map(({ type }) => type);
};

const metricIn = async ({ url }: RunningService, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
};

const isNearNow = (instant: string): boolean => Math.abs(Date.parse(instant) - Date.now()) < millisecondsInMinute;

describe('a clock that jumps', () => {
  it('F20: a year ahead for a while: no month is closed, no lease ends, no key expires, and somebody is told', () =>
    withDirectory(async (directory) => {
      const { service, api, move } = await startMovable(directory);
      await api.meter([recordWith()]);
      const expiresAt = new Date(Date.now() + 30 * millisecondsInDay).toISOString();
      const made = await api.post('/api-keys', { name: 'for a month', role: 'admin', expiresAt });
      const ofAMonth = apiOf(service, z.object({ key: z.string() }).parse(made.body).key);
      const granted = z
        .object({ fanOutId: z.string(), expiresAt: z.string() })
        .parse((await api.post('/fan-outs', fanOutWith({ leaseSeconds: 600 }))).body);

      move(year);
      await untilAlarm(api, 'jumped');
      await ticks();
      const { wallAt, trustedAt, differenceMs, alarm } = await clockOf(api);
      assert.ok(isNearNow(trustedAt) && !isNearNow(wallAt), `${trustedAt}, ${wallAt}`);
      assert.ok(Math.abs(differenceMs - year) < millisecondsInMinute);
      assert.ok(alarm !== null && isNearNow(alarm.since));

      assert.equal((await ofAMonth.get('/spend?by=group')).status, 200, 'the key works');
      const lease = z
        .object({ state: z.string(), expiresAt: z.string() })
        .parse((await api.get(`/fan-outs/${granted.fanOutId}`)).body);
      assert.deepEqual([lease.state, lease.expiresAt], ['live', granted.expiresAt]);
      const { body: renewed } = await api.post(`/fan-outs/${granted.fanOutId}/renew`, { leaseSeconds: 600 });
      assert.ok(
        isNearNow(
          new Date(Date.parse(z.object({ expiresAt: z.string() }).parse(renewed).expiresAt) - 600_000).toISOString(),
        ),
      );
      assert.equal((await api.meter([recordWith()])).accepted, 1, 'a record of now is neither old nor ahead');
      const { asOf } = await api.spend('by=group');
      assert.ok(isNearNow(asOf.at));

      const ready = await api.call('GET', '/readyz');
      assert.equal(ready.status, 200);
      assert.match(z.object({ clock: z.string() }).parse(ready.body).clock, /The clock of this machine has jumped to/);
      assert.equal(await metricIn(service, 'bursar_clock_alarm'), 1);
      assert.ok(Math.abs((await metricIn(service, 'bursar_clock_difference_seconds')) - year / 1_000) < 60);
      assert.match(service.output(), /"level":50.*The clock of this machine has jumped to/);

      move(0);
      await untilAlarm(api, undefined);
      await ticks();
      assert.equal((await clockOf(api)).differenceMs, 0);
      assert.deepEqual(Object.keys(z.looseObject({}).parse((await api.call('GET', '/readyz')).body)), [
        'status',
        'position',
        'lag',
      ]);
      assert.equal(await metricIn(service, 'bursar_clock_alarm'), 0);
      assert.match(service.output(), /The clock of this machine is believed again/);
      await service.stop();
      const types = await typesIn(directory);
      for (const type of ['PeriodEnded', 'PeriodClosed', 'FanOutExpired']) assert.ok(!types.includes(type), type);
      assert.equal(types.filter((type) => type === 'AuditSealed').length, 0);
    }));

  it('is believed at once when an owner confirms it, with a reason, on record', () =>
    withDirectory(async (directory) => {
      const { service, api, move } = await startMovable(directory);
      const made = await api.post('/api-keys', { name: 'an admin', role: 'admin' });
      const admin = apiOf(service, z.object({ key: z.string() }).parse(made.body).key);
      assert.equal((await api.post('/clock/confirm', { reason: 'nothing to confirm' })).status, 200);
      move(20 * millisecondsInDay);
      await untilAlarm(api, 'jumped');
      assert.equal((await admin.get('/clock')).status, 200);
      assert.equal((await admin.post('/clock/confirm', { reason: 'a test' })).status, 403);
      assert.equal(codeOf(await api.post('/clock/confirm', {})), 'reasonMissing');
      const confirmed = await api.post('/clock/confirm', { reason: 'the time server is right' });
      assert.equal(confirmed.status, 200);
      const { differenceMs, alarm, trustedAt } = clockAnswer.parse(confirmed.body);
      assert.deepEqual([differenceMs, alarm], [0, null]);
      assert.ok(!isNearNow(trustedAt));
      const { items } = z
        .object({
          items: z.array(
            z.looseObject({ reason: z.string(), at: z.string(), subject: z.object({ kind: z.string() }) }),
          ),
        })
        .parse((await api.get('/audit?type=ClockConfirmed')).body);
      assert.deepEqual(
        items.map(({ reason, at, subject }) => [reason, isNearNow(at), subject.kind]),
        [['the time server is right', true, 'clock']],
      );
      await service.stop();
    }));

  it('of a machine that starts a year ahead is told of, and put right at once', () =>
    withDirectory(async (directory) => {
      const first = await startMovable(directory);
      await first.api.meter([recordWith()]);
      await first.service.stop();
      moverOf(directory)(year);
      // A shared store does not let such a machine start at all.
      if (process.env.BURSAR_TEST_ENGINE === 'eventStore') {
        await assert.rejects(
          startMovable(directory),
          /The clock of this machine is \d+ s ahead of that of the event store/,
        );
        return;
      }
      const { service, api, move } = await startMovable(directory, first.service.ownerKey);
      await untilAlarm(api, 'startedLongAfterLog');
      assert.match(service.output(), /last event of the log is of more than 31 days before/);
      move(0);
      await untilAlarm(api, undefined);
      assert.ok(isNearNow((await clockOf(api)).trustedAt));
      await service.stop();
    }));
});
