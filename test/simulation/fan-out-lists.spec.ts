import assert from 'node:assert/strict';
import { isRefusal } from '#kernel/refusal.js';
import type { FanOutRequest } from '#fan-out/commands/fan-out-request.js';
import type { Lease } from '#fan-out/domain/lease.js';
import { type FanOutFilter, keyOf, placeOf } from '#fan-out/queries/fan-out-reader.js';
import { ListFanOuts } from '#fan-out/queries/fan-outs.queries.js';
import { type Admitting, startAdmitting } from './admitting.js';
import { emptyDisk } from './process.js';

const beginsMs = Date.UTC(2026, 10, 20, 9);
let commands = 0;
const meta = () => ({ commandId: `c-${String(++commands)}`, nowMs: beginsMs, actor: 'apiKey:test', reason: '' });

const grant = async ({ fanOuts }: Admitting, changes: Partial<FanOutRequest>): Promise<string> => {
  const name = `r-${String(++commands)}`;
  const request = { requestId: name, taskId: name, groupId: 'eng', userId: 'ana', items: 1, ...changes };
  const answer = await fanOuts.ask(request, meta());
  assert.ok(!isRefusal(answer) && answer.decision === 'granted');
  return answer.lease.granted.fanOutId;
};

/** Thirty fan-outs of three groups, one of which nobody knows, several at a time, and every third of them over. */
const begin = async () => {
  const disk = emptyDisk(beginsMs);
  const process = await startAdmitting(disk);
  await process.organisation.configure({ unknownGroups: 'unassigned' }, meta());
  for (const groupId of ['eng', 'ops']) await process.directory.putGroup({ groupId, name: groupId }, meta());
  for (let round = 0; round < 10; round++) {
    const ids = await Promise.all(['eng', 'ops', 'unheard-of'].map((groupId) => grant(process, { groupId })));
    await process.fanOuts.release(ids[round % 3], meta());
    if (round % 2 === 0) disk.clock.advance(1);
  }
  return { disk, process };
};

const list = async (
  { queries }: Admitting,
  filter: FanOutFilter,
  after: string | undefined,
  atMost: number,
): Promise<readonly Lease[]> => {
  const place = after === undefined ? undefined : placeOf(after);
  const { fanOuts } = await queries.execute(new ListFanOuts(filter, place, atMost));
  return fanOuts.map(({ lease }) => lease);
};

/** Ids of every page, and what is done between two of them. */
const paged = async (
  process: Admitting,
  filter: FanOutFilter,
  limit: number,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await list(process, filter, after, limit);
    ids.push(...page.map(({ granted }) => granted.fanOutId));
    if (page.length < limit) return ids;
    after = keyOf(page[limit - 1]);
    await between();
  }
};

const filters: readonly (readonly [string, FanOutFilter, number])[] = [
  ['everything', {}, 30],
  ['one group', { group: 'eng' }, 10],
  ['what is live', { state: 'live' }, 20],
  ['what is live in one group', { state: 'live', group: 'ops' }, 7],
  ['what was released', { state: 'released' }, 10],
  ['what a key reaches', { reach: ['eng', 'unheard-of'] }, 20],
  ['what a key reaches twice', { reach: ['unassigned', 'unheard-of'] }, 10],
  ['what is live of what a key reaches', { reach: ['ops', 'unheard-of'], state: 'live' }, 14],
  ['what a key asked for in a group of its own', { reach: ['unheard-of'], group: 'unassigned' }, 10],
  ['a group that has nothing', { group: 'nobody' }, 0],
];

describe('the list of fan-outs', () => {
  for (const [name, filter, count] of filters) {
    it(`shows ${name}, the latest first, the same in pages of any size, live and from a snapshot`, async () => {
      const { disk, process } = await begin();
      const all = await list(process, filter, undefined, 1_000);
      assert.equal(all.length, count);
      assert.deepEqual(
        [...all].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)),
        all,
      );
      const ids = all.map(({ granted }) => granted.fanOutId);
      for (const limit of [1, 2, 7, 30]) assert.deepEqual(await paged(process, filter, limit), ids);
      await process.snapshot();
      await process.kill();
      const restarted = await startAdmitting(disk);
      assert.deepEqual(await paged(restarted, filter, 7), ids);
      await restarted.kill();
    });
  }

  it('neither skips nor repeats what stays live while others begin and end between two pages', async () => {
    const { process } = await begin();
    const live = (await list(process, { state: 'live' }, undefined, 1_000)).map(({ granted }) => granted.fanOutId);
    const ending = live.filter((_, place) => place % 4 === 1);
    let next = 0;
    const seen = await paged(process, { state: 'live' }, 3, async () => {
      await grant(process, {});
      for (const fanOutId of ending.slice(next, next + 2)) await process.fanOuts.release(fanOutId, meta());
      next += 2;
    });
    assert.equal(new Set(seen).size, seen.length);
    for (const fanOutId of live.filter((id) => !ending.includes(id))) assert.ok(seen.includes(fanOutId));
    await process.kill();
  });
});
