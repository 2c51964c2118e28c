import assert from 'node:assert/strict';
import { z } from 'zod';
import { apiOf, codeOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const line = z.object({ group: z.string(), user: z.string().optional(), spentMicros: z.number(), records: z.number() });
const statement = z.object({
  period: z.string(),
  status: z.enum(['provisional', 'final']),
  items: z.array(line),
  ownMicros: z.number(),
  adjustments: z.array(line.extend({ period: z.string() })),
  adjustmentsMicros: z.number(),
  totalMicros: z.number(),
  explanation: z.string(),
  provisional: z.boolean(),
});

/** Days of the month `back` months ago, in UTC, which is the default zone. */
const monthsAgo = (back: number, day = 10): Date => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, day, 12));
};
const nameOf = (date: Date): string => date.toISOString().slice(0, 7);
const [thisMonth, lastMonth, monthBefore] = [0, 1, 2].map((back) => nameOf(monthsAgo(back, 1)));
const meterAt = (api: Api, back: number, changes: Readonly<Record<string, unknown>>) =>
  api.meter([recordWith({ occurredAt: (back === 0 ? new Date() : monthsAgo(back)).toISOString(), ...changes })]);
const statementOf = async (api: Api, period: string, by = 'group') =>
  statement.parse((await api.get(`/statements/${period}?by=${by}`)).body);
const textOf = async (api: Api, path: string, accept: string): Promise<string> => {
  const { status, body } = await api.call('GET', `/api/v1${path}`, undefined, { accept });
  assert.equal(status, 200);
  return typeof body === 'string' ? body : JSON.stringify(body);
};
const totals = async (api: Api): Promise<number> => {
  let sum = 0;
  for (const period of [thisMonth, lastMonth, monthBefore]) sum += (await statementOf(api, period)).totalMicros;
  return sum;
};
const spendOf = async (api: Api): Promise<number> => {
  let sum = 0;
  for (const period of [thisMonth, lastMonth, monthBefore]) sum += (await api.spend(`period=${period}`)).totalMicros;
  return sum;
};

describe('statements', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    await meterAt(api, 1, { groupId: 'eng', userId: 'ana', costMicros: 100 });
    await meterAt(api, 1, { groupId: 'eng', userId: 'bo', costMicros: 20, id: 'void-me' });
    await meterAt(api, 1, { groupId: 'ops', userId: 'cy', costMicros: 3 });
    await meterAt(api, 0, { groupId: 'eng', userId: 'ana', costMicros: 7 });
  });
  afterAll(() => service.dispose());

  it('are provisional while the month is open, and say what was spent by group and by user', async () => {
    const shown = await statementOf(api, lastMonth, 'group,user');
    assert.deepEqual(
      shown.items.map(({ group, user, spentMicros, records }) => [group, user, spentMicros, records]),
      [
        ['eng', 'ana', 100, 1],
        ['eng', 'bo', 20, 1],
        ['ops', 'cy', 3, 1],
      ],
    );
    assert.deepEqual([shown.status, shown.provisional, shown.totalMicros], ['provisional', true, 123]);
  });

  it('F4: never change once the month is closed; what comes later is an adjustment where it was accepted', async () => {
    const closed = await api.post(`/periods/${lastMonth}/close`, { reason: 'the books' });
    assert.equal(closed.status, 200, JSON.stringify(closed.body));
    const paths = [`/statements/${lastMonth}`, `/statements/${lastMonth}?by=group,user`];
    const look = async () =>
      Promise.all(paths.flatMap((path) => [textOf(api, path, 'application/json'), textOf(api, path, 'text/csv')]));
    const before = await look();

    await meterAt(api, 1, { groupId: 'ops', userId: 'cy', costMicros: 50, id: 'late' });
    await meterAt(api, 1, { groupId: 'ops', userId: 'cy', costMicros: 50, id: 'late' });
    await api.post('/metering/voids', { source: 'test', id: 'void-me', reason: 'metered twice' });
    assert.deepEqual(await look(), before, 'byte for byte');

    const shown = await statementOf(api, thisMonth);
    assert.equal(shown.ownMicros, 7);
    assert.deepEqual(
      shown.adjustments.map(({ period, group, spentMicros, records }) => [period, group, spentMicros, records]),
      [
        [lastMonth, 'eng', -20, -1],
        [lastMonth, 'ops', 50, 1],
      ],
    );
    assert.equal(shown.totalMicros, 37);
    assert.match(shown.explanation, /GET \/spend/);
    assert.equal((await api.spend(`period=${lastMonth}`)).totalMicros, 153, 'spend shows it where it occurred');
    assert.equal(await totals(api), await spendOf(api), 'all statements together are all records');
  });

  it('belong to their own month as long as that is open, however late', async () => {
    await meterAt(api, 2, { groupId: 'eng', costMicros: 11 });
    assert.equal((await statementOf(api, monthBefore)).ownMicros, 11);
    assert.equal(await totals(api), await spendOf(api));
  });

  it('are no longer provisional when the month is closed, and GET /spend says so, too', async () => {
    assert.equal((await statementOf(api, lastMonth)).status, 'final');
    assert.equal((await api.spend(`period=${lastMonth}`)).provisional, false);
    assert.equal((await api.spend(`period=${monthBefore}`)).provisional, true);
  });

  it('come as CSV that a spreadsheet cannot run', async () => {
    await meterAt(api, 0, { groupId: '=cmd()', userId: 'a,b', costMicros: 1 });
    const csv = await textOf(api, `/statements/${thisMonth}?by=group,user`, 'text/csv');
    const [header, first] = csv.split('\r\n');
    assert.equal(header, 'kind,period,group,user,spentMicros,records,unpricedMicros,currency');
    assert.equal(first, `own,${thisMonth},'=cmd(),"a,b",1,1,0,USD`);
    assert.match(csv, new RegExp(`\r\nadjustment,${lastMonth},eng,bo,-20,-1,0,USD\r\n`));
  });

  it('make the basis of a cap final', async () => {
    const { body } = await api.get('/groups/eng/cap');
    const { basis } = z.object({ basis: z.object({ status: z.string(), actualMicros: z.number() }) }).parse(body);
    assert.equal(basis.status, 'final');
  });

  const bad: readonly [what: string, method: 'get' | 'post', path: string, status: number, code: string][] = [
    ['closing a month that has not ended', 'post', `/periods/${thisMonth}/close`, 409, 'periodNotEnded'],
    ['closing a month twice', 'post', `/periods/${lastMonth}/close`, 409, 'periodAlreadyClosed'],
    ['closing 2026-13', 'post', '/periods/2026-13/close', 400, 'invalidPeriod'],
    ['a statement of 2026-13', 'get', '/statements/2026-13', 400, 'invalidPeriod'],
    ['a statement of a month to come', 'get', '/statements/2999-01', 400, 'invalidPeriod'],
    ['a cut that there is not', 'get', `/statements/${thisMonth}?by=skill`, 400, 'invalidValue'],
  ];
  for (const [what, method, path, status, code] of bad) {
    it(`refuse ${what}: ${code}`, async () => {
      const answer = await (method === 'get' ? api.get(path) : api.post(path, {}));
      assert.deepEqual([answer.status, codeOf(answer)], [status, code], JSON.stringify(answer.body));
    });
  }
});

describe('statements after a restart', () => {
  it('are what they were, from a snapshot and from the log alone', () =>
    withDirectory(async (directory) => {
      const first = await startService({ directory });
      const api = apiOf(first);
      await meterAt(api, 1, { groupId: 'eng', costMicros: 5 });
      await api.post(`/periods/${lastMonth}/close`, {});
      await meterAt(api, 1, { groupId: 'eng', costMicros: 6 });
      const paths = [`/statements/${lastMonth}`, `/statements/${thisMonth}`];
      const look = async (from: Api) => Promise.all(paths.map(async (path) => textOf(from, path, 'text/csv')));
      const before = await look(api);
      await first.kill();
      const second = await startService({ directory, ownerKey: first.ownerKey });
      assert.deepEqual(await look(apiOf(second)), before);
      await second.stop();
      const third = await startService({ directory, ownerKey: first.ownerKey });
      assert.deepEqual(await look(apiOf(third)), before);
      await third.stop();
    }));
});
