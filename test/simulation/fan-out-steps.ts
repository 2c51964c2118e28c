import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInMinute } from 'date-fns/constants';
import type fc from 'fast-check';
import { isRefusal } from '#kernel/refusal.js';
import type { Reason } from '#domain/fan-out/rules.js';
import { hasSlotToLend, judge } from '#test/support/plain-judge.js';
import { granted, type Room } from './fan-out-room.js';
import type { Group, PlainLease } from './plain-leases.js';

/** What the service keeps is compared with plain lists after each step; there is no other model. */
export type Step = fc.AsyncCommand<object, Room>;

const lineOf = ({ code, scope, used, requested, limit }: Reason): string =>
  limit === null ? `${code} ${scope}` : `${code} ${scope} ${String(used)}+${String(requested)}>${String(limit)}`;

const step = (name: string, data: object, take: (room: Room) => Promise<void>): Step => ({
  check: () => true,
  run: async (_model, room) => {
    await take(room);
    room.compare();
  },
  toString: () => `${name}(${JSON.stringify(data)})`,
});

/** One of those there are, if there are any. */
const pick = <T>(list: readonly T[], place: number): T | undefined =>
  list.length === 0 ? undefined : list[place % list.length];

interface Asked {
  readonly groupId: Group;
  readonly userId: string;
  readonly items: number;
  readonly concurrency: number;
  readonly estimate: number;
  readonly minutes: number;
  readonly tree: number;
  readonly parent: number | null;
}

export const request = (asked: Asked): Step =>
  step('request', asked, async (room) => {
    const { groupId, userId, items, concurrency, estimate, minutes, tree } = asked;
    const { plain } = room;
    const nowMs = room.nowMs();
    plain.expire(nowMs);
    const parent = asked.parent === null ? null : plain.leases.length === 0 ? null : asked.parent % plain.leases.length;
    const above = parent === null ? undefined : plain.leases[parent];
    const requestId = `q${String(nowMs)}`;
    const taskId = above === undefined ? `root-${String(tree)}` : `task-${requestId}`;
    const wanted = {
      ...{ requestId, groupId, userId, taskId, items, concurrency, leaseSeconds: minutes * 60 },
      estimatedCostMicrosPerItem: estimate,
      ...(above !== undefined && { parentFanOutId: above.fanOutId }),
    };
    const around = plain.around(groupId, nowMs);
    const place = { treeId: above?.treeId ?? taskId, depth: (above?.depth ?? 0) + 1 };
    const question = { groupId, userId, items, estimateMicros: estimate, parent, ...place };
    const expected = judge(question, around, plain.leases, nowMs);
    const answer = await room.process().fanOuts.ask(wanted, room.meta());
    if (above?.isLive === false) {
      assert.deepEqual(isRefusal(answer) && answer.code, 'parentFanOutEnded');
      return;
    }
    assert.ok(!isRefusal(answer), JSON.stringify(answer));
    const denials = answer.decision === 'denied' ? answer.reasons.map(lineOf) : [];
    assert.deepEqual([...denials, ...answer.wouldHaveDenied.map(lineOf)].sort(), [...expected].sort(), 'law 5, F10');
    const purses = [around.group, around.organisation];
    const denies = expected.some((line) => {
      const money = ['groupCapExhausted', 'organisationCapExhausted'].findIndex((code) => line.startsWith(code));
      return money === -1 || purses[money]?.enforces === true;
    });
    assert.equal(answer.decision, denies ? 'denied' : 'granted');
    if (answer.decision === 'denied') return;
    const { lease } = answer;
    const heldMicros = items * estimate;
    const moved = above?.groupId === groupId ? Math.min(above.heldMicros, heldMicros) : 0;
    const slots = plain.slotsFor(Math.min(concurrency, items), groupId, userId, parent, around);
    assert.equal(lease.slots, slots, 'as many slots as every scope has');
    plain.grant({
      ...{ groupId, userId, ...place, items, atMs: nowMs, parent, slots, isLive: true, heldMicros },
      ...{ lender: hasSlotToLend(parent, plain.leases) ? parent : null, fanOutId: lease.granted.fanOutId, requestId },
      ...{ askedSlots: Math.min(concurrency, items), movedMicros: moved, remainingItems: items },
      ...{ holdMicros: heldMicros, spentMicros: 0, expiresAtMs: nowMs + minutes * millisecondsInMinute, state: 'live' },
    });
    room.asked.set(lease.granted.fanOutId, wanted);
  });

export const again = (place: number, isOther: boolean): Step =>
  step('again', { place, isOther }, async (room) => {
    const lease = pick(room.plain.leases, place);
    const wanted = lease === undefined ? undefined : room.asked.get(lease.fanOutId);
    if (lease === undefined || wanted === undefined) return;
    const nowMs = room.nowMs();
    room.plain.expire(nowMs);
    // Whether it is spent is a day from its end, which cannot be earlier than its grant.
    if (!lease.isLive && nowMs - lease.atMs >= millisecondsInDay) return;
    const answer = await room.process().fanOuts.ask({ ...wanted, ...(isOther && { skill: 'x' }) }, room.meta());
    if (isOther) assert.equal(isRefusal(answer) && answer.code, 'requestIdConflict');
    else assert.equal(granted(answer).lease.granted.fanOutId, lease.fanOutId);
  });

export const renew = (place: number, remaining: number | undefined, minutes: number): Step =>
  step('renew', { place, remaining, minutes }, async (room) => {
    const { plain } = room;
    const lease = pick(plain.leases, place);
    if (lease === undefined) return;
    const nowMs = room.nowMs();
    plain.expire(nowMs);
    const outcome = await room.process().fanOuts.renew(lease.fanOutId, remaining, minutes * 60, room.meta());
    if (!lease.isLive) {
      assert.equal(isRefusal(outcome) && outcome.code, 'leaseEnded');
      return;
    }
    assert.ok(!isRefusal(outcome));
    lease.remainingItems = Math.min(lease.remainingItems, remaining ?? lease.remainingItems);
    const lent = plain.leases.filter(({ lender }) => lender === plain.leases.indexOf(lease)).length;
    const wanted = Math.max(1, lent, Math.min(lease.askedSlots, lease.remainingItems));
    const { groupId, userId, slots } = lease;
    const around = plain.around(groupAs(groupId), nowMs);
    const more = Math.max(0, plain.slotsFor(Math.max(0, wanted - slots), groupAs(groupId), userId, null, around));
    lease.slots = wanted <= slots ? wanted : slots + more;
    lease.expiresAtMs = Math.max(
      lease.expiresAtMs,
      Math.min(nowMs + minutes * millisecondsInMinute, lease.atMs + millisecondsInDay),
    );
  });
const groupAs = (groupId: string): Group => (groupId === 'eng' ? 'eng' : 'ops');

export const release = (place: number): Step =>
  step('release', { place }, async (room) => {
    const lease = pick(room.plain.leases, place);
    if (lease === undefined) return;
    room.plain.expire(room.nowMs());
    const outcome = await room.process().fanOuts.release(lease.fanOutId, room.meta());
    assert.ok(!isRefusal(outcome), 'idempotent');
    if (lease.isLive) room.plain.end(lease, 'released');
    assert.equal(outcome.lease.state, lease.state, 'what has ended stays as it ended');
  });

/** Time passes, and perhaps somebody notices. */
export const pass = (ms: number, isNoticed: boolean): Step =>
  step('pass', { ms, isNoticed }, async (room) => {
    room.disk.clock.advance(ms);
    if (!isNoticed) return;
    room.plain.expire(room.disk.clock.now());
    await room.process().desk.sweep();
  });

const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
export const meter = (place: number, groupId: Group | null, micros: number): Step =>
  step('meter', { place, groupId, micros }, async (room) => {
    const { plain } = room;
    const lease: PlainLease | undefined = pick(plain.leases, place);
    if (lease === undefined) return;
    const [atMs, id] = [room.nowMs(), `r${String(plain.records.length)}`];
    const occurredAt = new Date(atMs).toISOString();
    const { fanOutId } = lease;
    const record = { source: 's', id, taskId: id, userId: lease.userId, costMicros: micros, occurredAt, fanOutId };
    // Without a group of its own it is charged to the fan-out's.
    const sent = groupId === null ? record : { ...record, groupId };
    const { accepted } = await room.process().ingest.accept([sent, sent], caller);
    assert.equal(accepted, 1);
    plain.meter({
      id,
      groupId: groupId ?? groupAs(lease.groupId),
      micros,
      atMs,
      lease: plain.leases.indexOf(lease),
      isVoid: false,
    });
  });

export const takeBack = (place: number): Step =>
  step('void', { place }, async (room) => {
    const record = pick(
      room.plain.records.filter(({ isVoid }) => !isVoid),
      place,
    );
    if (record === undefined) return;
    const outcome = await room.process().metering.voidRecord('s', record.id, room.meta());
    assert.ok(!isRefusal(outcome));
    room.plain.void(record);
  });

export const setCap = (groupId: Group | null, capMicros: number, enforces: boolean): Step =>
  step('cap', { groupId, capMicros, enforces }, (room) => room.setCap(groupId, capMicros, enforces));

type Setting = Parameters<Room['plain']['limits']['set']>[1];
export const setLimits = (groupId: Group | null, limits: Setting): Step =>
  step('limits', { groupId, limits }, async (room) => {
    const { concurrency, perUser, itemsPerFanOut, treeDepth, treeItems, spawnsPerMinute, paused } = limits;
    const all = {
      maxConcurrency: concurrency ?? null,
      maxConcurrencyPerUser: perUser ?? null,
      maxItemsPerFanOut: itemsPerFanOut ?? null,
      maxTreeDepth: treeDepth ?? null,
      maxTreeItems: treeItems ?? null,
      maxSpawnsPerMinute: spawnsPerMinute ?? null,
      paused: paused ?? false,
    };
    assert.ok(!isRefusal(await room.process().limits.set(groupId, all, room.meta())));
    room.plain.limits.set(groupId, limits);
  });

export const crash = (snapshotLost: boolean): Step =>
  step('crash', { snapshotLost }, (room) => room.crash(snapshotLost));
export const snapshot = (): Step => step('snapshot', {}, (room) => room.process().snapshot());
