import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import { formatInstant } from '#kernel/instants.js';
import { isRefusal } from '#kernel/refusal.js';
import type { CapSettings } from '#caps/domain/caps.events.js';
import { highestMicros, poisonMicros, poisonWith } from '#test/support/poison.js';
import { startGoverned } from './governed.js';
import { emptyDisk } from './process.js';

const beginsMs = Date.UTC(2026, 10, 20, 12, 30);
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
const settings: Partial<CapSettings> = {
  policy: { kind: 'fixed', capMicros: 100 },
  enforcement: 'alert',
  thresholdsBasisPoints: [10_000],
};
const meta = (commandId: string, reason = '') => ({ commandId, nowMs: beginsMs, actor: caller.actor, reason });

const begin = async () => {
  const process = await startGoverned(emptyDisk(beginsMs));
  const meter = async (records: readonly Record<string, unknown>[]) => {
    assert.deepEqual((await process.ingest.accept(records, caller)).rejected, []);
    await process.rest();
  };
  const record = (groupId: string, costMicros: number, more: object = {}) => {
    const id = `${groupId}-${String(costMicros)}`;
    const occurredAt = formatInstant(beginsMs);
    return { source: 'sim', id, taskId: id, userId: id, groupId, costMicros, occurredAt, ...more };
  };
  await process.organisation.configure({ maxRecordMicros: highestMicros }, meta('ceiling'));
  const failures = () => [...process.sagas.counted().values()].reduce((sum, counts) => sum + counts.failures, 0);
  const openOf = (groupId: string | null) =>
    process.views.alerts.openOf(groupId).filter(({ type }) => type === 'capThreshold');
  return { process, meter, record, failures, openOf };
};

describe('a group whose month is beyond every amount', () => {
  it('is over its cap, and every saga goes on, for it and for the groups behind it', async () => {
    const { process, meter, record, failures, openOf } = await begin();
    await meter(['eng', 'a', 'ops'].map((groupId) => record(groupId, 1)));
    for (const groupId of ['eng', 'a', 'ops', null]) {
      const set = process.capPolicies.set(groupId, settings, false, meta(`cap ${String(groupId)}`));
      assert.ok(!isRefusal(await set));
    }
    await meter([...poisonWith({ occurredAt: formatInstant(beginsMs) }), record('eng', 200), record('ops', 200)]);
    for (const groupId of ['eng', 'a', 'ops', null]) assert.equal(openOf(groupId).length, 1, String(groupId));
    for (const groupId of ['eng', 'ops']) assert.equal(openOf(groupId)[0].evidence.spentMicros, 201);
    const { evidence } = openOf('a')[0];
    assert.deepEqual([evidence.spentMicros, evidence.spentMicrosExact], [null, String(poisonMicros + 1n)]);
    assert.equal(failures(), 0);
    await process.kill();
  });

  it('is told of with its largest record, again when that is void, and like any other once it is back', async () => {
    const { process, meter, record, openOf } = await begin();
    await meter([record('a', 90)]);
    assert.ok(!isRefusal(await process.capPolicies.set('a', settings, false, meta('cap a'))));
    const occurredAt = formatInstant(beginsMs);
    await meter([...poisonWith({ occurredAt }), record('a', highestMicros - 1)]);
    const largest = () => openOf('a')[0].evidence.largestRecord;
    const { id, toLift } = { id: 'p-0', toLift: 'POST /api/v1/metering/voids' };
    assert.deepEqual(largest(), {
      ...{ source: 'poison', id, costMicros: highestMicros, groupId: 'a', userId: 'u-poison', occurredAt },
      toLift: `${toLift} {"source":"poison","id":"p-0","reason":"say why"}`,
    });
    await process.metering.voidRecord('poison', id, meta('void p-0', 'wrong'));
    await process.rest();
    assert.equal(JSON.stringify(largest()).includes('p-1'), true, 'the next one is named');
    await process.metering.voidRecord('poison', 'p-1', meta('void p-1', 'wrong'));
    await process.rest();
    assert.equal(largest(), undefined, 'the sum is an amount again');
    for (const { id: wrong } of poisonWith().slice(2)) {
      await process.metering.voidRecord('poison', String(wrong), meta(`void ${String(wrong)}`, 'wrong'));
    }
    await process.metering.voidRecord('sim', `a-${String(highestMicros - 1)}`, meta('void the rest', 'wrong'));
    await process.rest();
    assert.deepEqual(openOf('a'), []);
    assert.equal(process.views.alerts.listOf('a')[0].resolvedBecause, 'spendFell');
    await process.kill();
  });

  it('is told of as one user’s, against the others and against their own days', async () => {
    const { process, meter, record, failures } = await begin();
    const days = Array.from({ length: 6 }, (_, back) => formatInstant(beginsMs - (back + 2) * millisecondsInDay));
    await meter(
      days.map((occurredAt, day) => record('a', 1_000_000 + day, { userId: 'u-poison', taskId: 't', occurredAt })),
    );
    await meter([record('a', 1), record('a', 2)]);
    assert.ok(!isRefusal(await process.capPolicies.set('a', settings, false, meta('cap a'))));
    await meter(poisonWith({ occurredAt: formatInstant(beginsMs) }));
    const told = new Map(process.views.alerts.openOf('a').map((alert) => [alert.type, alert]));
    const spent = String(poisonMicros + 6_000_015n);
    for (const [type, field, digits] of [
      ['userShare', 'userSpentMicros', spent],
      ['userRunaway', 'last24HoursMicros', String(poisonMicros)],
    ] as const) {
      const alert = told.get(type);
      assert.equal(alert?.userId, 'u-poison', type);
      const { evidence } = alert;
      assert.deepEqual([evidence[field], evidence[`${field}Exact`]], [null, digits]);
      assert.ok(JSON.stringify(evidence.largestRecord).includes('"id":"p-0"'), type);
    }
    assert.equal(failures(), 0);
    await process.kill();
  });

  it('is told of anew when it passes although all thresholds were reached, and in a derived cap it is held', async () => {
    const { process, meter, record, openOf } = await begin();
    await meter([record('a', 90)]);
    assert.ok(!isRefusal(await process.capPolicies.set('a', settings, false, meta('cap a'))));
    await meter([record('a', 200)]);
    const saysMore = () => 'largestRecord' in openOf('a')[0].evidence;
    assert.equal(saysMore(), false);
    await meter(poisonWith({ occurredAt: formatInstant(beginsMs) }));
    assert.equal(saysMore(), true);
    const december = process.views.organisation.calendar().periodOf(beginsMs) + 1;
    const { capMicros } = process.caps.inForce('a', december, beginsMs)?.derived ?? {};
    assert.equal(capMicros, 100, 'a fixed cap is what it is');
    const lastMonth = formatInstant(Date.UTC(2026, 9, 20));
    await meter(poisonWith({ groupId: 'b', source: 'of last month', occurredAt: lastMonth }));
    const derived = process.caps.inForce('b', december - 1, beginsMs)?.derived;
    assert.equal(derived?.capMicros, Number.MAX_SAFE_INTEGER);
    assert.ok('actualMicrosExact' in derived.basis);
    assert.equal(derived.basis.actualMicrosExact, String(poisonMicros));
    await process.kill();
  });
});
