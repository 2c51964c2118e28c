import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { subMonths } from 'date-fns/subMonths';
import { z } from 'zod';
import { type Answer, type Api, apiOf, codeOf, recordWith } from '#test/support/api.js';
import { untilRecorded } from '#test/support/recorded-cap.js';
import { fanOutWith } from '#test/support/fan-outs.js';
import { highestMicros, poisonMicros, poisonWith } from '#test/support/poison.js';
import { bursarCommand, type RunningService, startService, withDirectory } from '#test/support/service.js';

const run = promisify(execFile);
const now = new Date().toISOString();
const month = now.slice(0, 7);
const lastMonth = subMonths(new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1, 15)), 1);
const before = lastMonth.toISOString().slice(0, 7);

/** The fields of an answer, or of something in it. */
const fields = z.record(z.string(), z.unknown());
const items = z.array(fields);
const read = async (answer: Promise<Answer>, status = 200) => {
  const { body, status: found } = await answer;
  assert.equal(found, status, JSON.stringify(body));
  return fields.parse(body);
};
const itemOf = (list: unknown, group: string, name = 'group') => {
  const item = items.parse(list).find((one) => one[name] === group);
  assert.ok(item, group);
  return item;
};
/** How a sum beyond 2^53 - 1 is said. */
const beyond = (name: string, sum: bigint) => ({ [name]: null, [`${name}Exact`]: String(sum) });
const assertSays = (found: unknown, expected: Readonly<Record<string, unknown>>): void => {
  const said = fields.parse(found);
  const shown = Object.fromEntries(Object.keys(expected).map((name) => [name, said[name]]));
  assert.deepEqual(shown, expected, JSON.stringify(found));
};
const total = poisonMicros + 1n;
/** All of the poison in group a, one micro in group b. */
const poisoned = async (api: Api, more: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  await read(api.put('/organisation', { maxRecordMicros: highestMicros }));
  const { accepted } = await api.meter([
    ...poisonWith({ occurredAt: now, ...more }),
    recordWith({ groupId: 'b', userId: 'u-b', taskId: 't-b', occurredAt: now, costMicros: 1 }),
  ]);
  assert.equal(accepted, 11);
};
const withService = (use: (api: Api, service: RunningService, directory: string) => Promise<void>): Promise<void> =>
  withDirectory(async (directory) => {
    const service = await startService({ directory });
    try {
      await use(apiOf(service), service, directory);
    } finally {
      await service.stop();
    }
  });
const fixed = (capMicros: number, more: object = {}) => ({ policy: { kind: 'fixed', capMicros }, ...more });
const enforced = { enforcement: 'enforce', overrideFirstQuarter: true, reason: 'for the test' };
const eventually = async (look: () => Promise<unknown>, expected: unknown): Promise<void> => {
  for (let tries = 0; tries < 150; tries++) {
    if (JSON.stringify(await look()) === JSON.stringify(expected)) return;
    await wait(20);
  }
  assert.deepEqual(await look(), expected);
};

describe('one record', () => {
  it('costs at most maxRecordMicros, reported or rated, and a repeat of one that cost more is a duplicate', () =>
    withService(async (api) => {
      const dear = recordWith({ costMicros: 10 ** 12 + 1 });
      const rated = recordWith({ costMicros: undefined, model: 'claude-opus-5', usage: { outputTokens: 10 ** 12 } });
      const refused = await api.meter([dear, rated, recordWith({ costMicros: 10 ** 12 })]);
      assert.equal(refused.accepted, 1);
      assert.deepEqual(
        refused.rejected.map(({ code }) => code),
        ['costOutOfRange', 'costOutOfRange'],
      );
      for (const { detail } of refused.rejected) {
        assert.match(detail, /more than 1000000000000 micros.*maxRecordMicros.*PUT \/api\/v1\/organisation/);
      }
      await read(api.put('/organisation', { maxRecordMicros: 2 * 10 ** 13 }));
      assert.equal((await api.meter([dear])).accepted, 1);
      assert.equal((await api.meter([recordWith({ costMicros: 2 * 10 ** 13 + 1 })])).rejected.length, 1);
      assert.equal((await api.meter([rated])).rejected.length, 1, '25 million USD are still too much');
      await read(api.put('/organisation', { maxRecordMicros: 5 }));
      const { accepted, duplicates, rejected } = await api.meter([dear, recordWith({ costMicros: 6 })]);
      assert.deepEqual([accepted, duplicates, rejected.map(({ code }) => code)], [0, 1, ['costOutOfRange']]);
    }));
});

describe('a sum beyond 2^53 - 1', () => {
  it('is null beside its digits wherever it is told, and nothing else is told otherwise', () =>
    withService(async (api) => {
      await poisoned(api);
      const huge = { ...beyond('spentMicros', poisonMicros), records: 10, unpricedMicros: 0 };
      const small = { spentMicros: 1, records: 1, unpricedMicros: 0 };
      // By a kept view, and by a scan of the log.
      for (const by of ['group', 'group,skill', 'user,model']) {
        const name = by.startsWith('user') ? 'user' : 'group';
        const answer = await read(api.get(`/spend?by=${by}`));
        assertSays(answer, { ...beyond('totalMicros', total), records: 11, unpricedMicros: 0 });
        assertSays(itemOf(answer.items, name === 'user' ? 'u-poison' : 'a', name), huge);
        const other = itemOf(answer.items, name === 'user' ? 'u-b' : 'b', name);
        assertSays(other, small);
        assert.equal('spentMicrosExact' in other, false);
      }
      const groups = await read(api.get('/groups'));
      assertSays(itemOf(groups.items, 'a', 'groupId'), huge);
      assertSays(itemOf(groups.items, 'b', 'groupId'), small);
      assertSays(await read(api.get('/groups/a')), huge);
      assertSays(await read(api.get('/groups/b')), small);

      const statement = await read(api.get(`/statements/${month}?by=group,user`));
      assertSays(statement, { ...beyond('ownMicros', total), ...beyond('totalMicros', total), adjustmentsMicros: 0 });
      assertSays(itemOf(statement.items, 'a'), { user: 'u-poison', ...huge });
      const { body } = await api.call('GET', `/api/v1/statements/${month}`, undefined, { accept: 'text/csv' });
      assert.equal(
        body,
        `kind,period,group,spentMicros,records,unpricedMicros,currency\r\nown,${month},a,${String(poisonMicros)},10,0,USD\r\nown,${month},b,1,1,0,USD\r\n`,
      );

      const task = await read(api.get('/tasks/t-poison'));
      assertSays(task.totals, huge);
      assertSays(task.totalsWithChildren, huge);
      assertSays((await read(api.get('/tasks/t-b'))).totals, small);
      const audit = await read(api.get('/audit?type=RecordsMetered'));
      assertSays(items.parse(audit.items)[0].change, beyond('spentMicros', total));
      const lines = String(
        (await api.call('GET', '/api/v1/audit?type=RecordsMetered', undefined, { accept: 'text/csv' })).body,
      );
      assert.ok(lines.includes(`""spentMicros"":null,""spentMicrosExact"":""${String(total)}""`), lines);
    }));

  it('is over its cap, an organisation may get one, and another group is decided by its own', () =>
    withService(async (api) => {
      await poisoned(api);
      const left = (capMicros: number, spent: bigint) => beyond('availableMicros', BigInt(capMicros) - spent);
      const whole = await read(api.put('/organisation/cap', fixed(1_000)));
      const said = { ...beyond('spentMicros', total), ...left(1_000, total), thresholdsReached: [0.5, 0.8, 1] };
      assertSays(whole, said);
      assertSays(await read(api.get('/organisation/cap')), { ...said, wouldHaveDenied: true });
      const most = await read(api.put('/groups/a/cap', fixed(Number.MAX_SAFE_INTEGER, enforced)));
      assertSays(most, { ...beyond('spentMicros', poisonMicros), availableMicros: 2 ** 53 - 1 - 10 ** 16 });
      assertSays(await read(api.put('/groups/b/cap', fixed(1_000, enforced))), {
        spentMicros: 1,
        availableMicros: 999,
      });
      const topUp = { period: month, amountMicros: 5, reason: 'more' };
      assertSays(await read(api.post('/organisation/cap/top-ups', topUp)), { topUpsMicros: 5, ...left(1_005, total) });

      const denied = await read(api.post('/fan-outs', fanOutWith({ groupId: 'a' })));
      assert.equal(denied.decision, 'denied');
      assertSays(items.parse(denied.reasons)[0], {
        ...{ code: 'groupCapExhausted', limit: 2 ** 53 - 1, requested: 20 },
        ...beyond('used', poisonMicros),
      });
      const granted = await read(api.post('/fan-outs', fanOutWith({ groupId: 'b' })));
      assert.equal(granted.decision, 'granted');
      assertSays(items.parse(granted.reasons)[0], { code: 'organisationCapExhausted', ...beyond('used', total) });
      assertSays(await read(api.get('/groups/b/cap')), { heldMicros: 20, availableMicros: 979 });
      await read(api.put('/organisation/cap', enforced));
      const all = await read(api.post('/fan-outs', fanOutWith({ groupId: 'b' })));
      assertSays(items.parse(all.reasons)[0], { code: 'organisationCapExhausted', ...beyond('used', total + 20n) });
    }));

  it('is alerted of with the largest record and the void that lifts it, and voiding it brings everything back', () =>
    withService(async (api) => {
      await poisoned(api);
      await read(api.put('/organisation/cap', fixed(10 ** 15, { thresholds: [1] })));
      await read(api.put('/groups/a/cap', fixed(10 ** 15, { thresholds: [1], userShare: 1 })));
      const alerts = async (state: string) =>
        items.parse((await read(api.get(`/alerts?type=capThreshold&state=${state}`))).items);
      const largest = async () =>
        (await alerts('raised')).map(
          ({ evidence }) => fields.optional().parse(fields.parse(evidence).largestRecord)?.id,
        );
      await eventually(largest, ['p-0', 'p-0']);
      for (const { groupId, evidence } of await alerts('raised')) {
        assertSays(evidence, beyond('spentMicros', groupId === 'a' ? poisonMicros : total));
        assertSays(fields.parse(evidence).largestRecord, {
          ...{ source: 'poison', id: 'p-0', costMicros: highestMicros, groupId: 'a' },
          toLift: 'POST /api/v1/metering/voids {"source":"poison","id":"p-0","reason":"say why"}',
        });
      }
      await read(api.post('/metering/voids', { source: 'poison', id: 'p-0', reason: 'wrong' }));
      assertSays(await read(api.get('/spend?by=group')), {
        totalMicros: 9 * 10 ** 15 + 1,
        totalMicrosExact: undefined,
      });
      assertSays(await read(api.get('/groups/a')), { spentMicros: 9 * 10 ** 15, spentMicrosExact: undefined });
      await eventually(largest, [undefined, undefined]);
      for (const { id } of poisonWith().slice(1)) {
        await read(api.post('/metering/voids', { source: 'poison', id, reason: 'wrong' }));
      }
      await eventually(
        async () => (await alerts('resolved')).map(({ resolvedBecause }) => resolvedBecause),
        ['spendFell', 'spendFell'],
      );
    }));

  it('of a fan-out is told of it alone, and ends with it', () =>
    withService(async (api) => {
      await read(api.put('/groups/a', { name: 'A' }));
      await read(api.put('/groups/b', { name: 'B' }));
      const { fanOutId } = await read(api.post('/fan-outs', fanOutWith({ groupId: 'a' })));
      const other = await read(api.post('/fan-outs', fanOutWith({ groupId: 'b' })));
      await poisoned(api, { fanOutId });
      const spent = { ...beyond('spentMicros', poisonMicros), ...beyond('overrunMicros', poisonMicros - 20n) };
      assertSays(await read(api.get(`/fan-outs/${String(fanOutId)}`)), { ...spent, heldMicros: 0 });
      const { items: listed } = await read(api.get('/fan-outs'));
      assertSays(itemOf(listed, String(fanOutId), 'fanOutId'), spent);
      assertSays(itemOf(listed, String(other.fanOutId), 'fanOutId'), { spentMicros: 0, heldMicros: 20 });
      assertSays(await read(api.post(`/fan-outs/${String(fanOutId)}/renew`, {})), spent);
      assertSays(await read(api.post(`/fan-outs/${String(fanOutId)}/release`, {})), spent);
      const audit = await read(api.get('/audit?type=FanOutReleased'));
      assertSays(items.parse(audit.items)[0].change, beyond('spentMicros', poisonMicros));
    }));

  it('of a task is no estimate for another group’s fan-outs', () =>
    withService(async (api) => {
      await poisoned(api, { skill: 'triage' });
      const asked = { groupId: 'b', skill: 'triage', estimatedCostMicrosPerItem: undefined };
      const answer = await read(api.post('/fan-outs', fanOutWith(asked)));
      assertSays(answer, { decision: 'granted', estimateFrom: 'group', heldMicros: 2 });
    }));

  it('in a hold of one group denies nothing to another', () =>
    withService(async (api) => {
      for (const name of ['a', 'b']) await read(api.put(`/groups/${name}`, { name }));
      const most = { items: 1, estimatedCostMicrosPerItem: Number.MAX_SAFE_INTEGER };
      for (let times = 0; times < 2; times++) await read(api.post('/fan-outs', fanOutWith({ groupId: 'a', ...most })));
      const { decision } = await read(api.post('/fan-outs', fanOutWith({ groupId: 'b' })));
      assert.equal(decision, 'granted');
      const held = BigInt(Number.MAX_SAFE_INTEGER) * 2n;
      assertSays(await read(api.put('/groups/a/cap', fixed(7))), {
        ...beyond('heldMicros', held),
        ...beyond('availableMicros', 7n - held),
      });
      assertSays(await read(api.put('/groups/b/cap', fixed(7))), { heldMicros: 20, availableMicros: -13 });
    }));

  it('stays in the books: a month with it is closed, its statement is the log’s, and verify finds nothing', () =>
    withService(async (api, service, directory) => {
      await poisoned(api, { occurredAt: lastMonth.toISOString() });
      const cap = await read(api.get('/groups/a/cap'));
      assertSays(cap, { capMicros: Number.MAX_SAFE_INTEGER, spentMicros: 0 });
      assertSays(cap.basis, { period: before, status: 'provisional', ...beyond('actualMicros', poisonMicros) });
      await untilRecorded(api, 'groups/a', Number.MAX_SAFE_INTEGER);
      const history = await read(api.get('/groups/a/cap/history'));
      assertSays(items.parse(history.items)[0].basis, beyond('actualMicros', poisonMicros));
      const audit = await read(api.get('/audit?type=CapDerived&group=a'));
      assertSays(fields.parse(items.parse(audit.items)[0].change).basis, beyond('actualMicros', poisonMicros));

      await read(api.post(`/periods/${before}/close`, { reason: 'it is over' }));
      const own = { status: 'final', ...beyond('ownMicros', poisonMicros), ...beyond('totalMicros', poisonMicros) };
      assertSays(await read(api.get(`/statements/${before}`)), own);
      for (const { id } of poisonWith()) {
        await read(api.post('/metering/voids', { source: 'poison', id, reason: 'wrong' }));
      }
      assertSays(await read(api.get(`/statements/${before}`)), own);
      const later = await read(api.get(`/statements/${month}`));
      assertSays(later, { ownMicros: 1, ...beyond('adjustmentsMicros', -poisonMicros) });
      assertSays(later, beyond('totalMicros', 1n - poisonMicros));
      assertSays(items.parse(later.adjustments)[0], {
        period: before,
        group: 'a',
        ...beyond('spentMicros', -poisonMicros),
      });
      const { body } = await api.call('GET', `/api/v1/statements/${month}`, undefined, { accept: 'text/csv' });
      assert.ok(String(body).includes(`adjustment,${before},a,-${String(poisonMicros)},-10,0,USD`), String(body));

      await api.meter(poisonWith({ source: 'again', occurredAt: now }));
      const verify = ['verify', '--data', directory, '--url', service.url, '--key', service.ownerKey];
      const { stdout } = await run(process.execPath, bursarCommand(...verify));
      assert.match(stdout, /^Nothing differs[.]/m);
      assert.match(stdout, /^ {2}spend +10,000,000,000,000,001 micros USD/m);
      const { stdout: exported } = await run(process.execPath, bursarCommand('export', '--data', directory));
      assert.equal(exported.trim().split('\n').length, 11);
    }));

  it('is what it was after a restart, from the snapshot and from the log', () =>
    withDirectory(async (directory) => {
      const first = await startService({ directory });
      await poisoned(apiOf(first));
      const asked = async (api: Api) => {
        const { items: list, totalMicrosExact } = await read(api.get('/spend?by=group'));
        return { list, totalMicrosExact };
      };
      const told = await asked(apiOf(first));
      assert.equal(told.totalMicrosExact, String(total));
      await first.stop();
      const second = await startService({ directory, ownerKey: first.ownerKey });
      try {
        assert.deepEqual(await asked(apiOf(second)), told);
        assert.equal((await apiOf(second).meter(poisonWith({ occurredAt: now }))).duplicates, 10);
        assert.equal(codeOf(await apiOf(second).get('/groups/nobody')), 'unknownGroup');
      } finally {
        await second.stop();
      }
    }));
});
