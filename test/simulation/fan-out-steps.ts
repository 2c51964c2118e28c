import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { millisecondsInDay, millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import { isRefusal } from '#kernel/refusal.js';
import type { FanOutRequest } from '#fan-out/commands/fan-out-request.js';
import type { DenialReason } from '#fan-out/domain/rules.js';
import { hasSlotToLend, judge } from '#test/support/plain-judge.js';
import { granted, type Room } from './fan-out-room.js';
import type { Group } from './plain-leases.js';
import { pick, type Step, step } from './step.js';
import { type Form, otherForm, type Slip, writer } from './writing.js';

const lineOf = ({ code, scope, used, requested, limit }: DenialReason): string =>
  limit === null ? `${code} ${scope}` : `${code} ${scope} ${String(used)}+${String(requested)}>${String(limit)}`;

interface Asked {
  readonly groupId: Group;
  readonly userId: string;
  readonly items: number;
  readonly concurrency: number;
  readonly estimate: number;
  readonly minutes: number;
  readonly tree: number;
  readonly parent: number | null;
  readonly form: Form;
  readonly slip: Slip<'requestId' | 'groupId' | 'userId' | 'taskId'> | undefined;
}
const roots = ['root-0', 'root-1', 'root-\u00e9'];

export const request = (asked: Asked): Step =>
  step('request', asked, async (room) => {
    const { groupId, userId, items, concurrency, estimate, minutes, tree, form, slip } = asked;
    const { plain } = room;
    const nowMs = room.nowMs();
    const parent = asked.parent === null || plain.leases.length === 0 ? null : asked.parent % plain.leases.length;
    const above = parent === null ? undefined : plain.leases[parent];
    const requestId = room.newName('q');
    const taskId = above === undefined ? roots[tree] : `task-${requestId}`;
    const write = writer(form, slip);
    const wanted: FanOutRequest = {
      requestId: write('requestId', requestId),
      groupId: write('groupId', groupId),
      userId: write('userId', userId),
      taskId: write('taskId', taskId),
      ...{ items, concurrency, leaseSeconds: minutes * 60 },
      estimatedCostMicrosPerItem: estimate,
      ...(above !== undefined && { parentFanOutId: above.fanOutId }),
    };
    const around = plain.around(groupId, nowMs);
    const place = { treeId: above?.treeId ?? taskId, depth: (above?.depth ?? 0) + 1 };
    const question = { groupId, userId, items, estimateMicros: estimate, parent, ...place };
    const expected = judge(question, around, plain.leases, nowMs);
    const answer = await room.process().fanOuts.ask(wanted, room.meta());
    const refused = [
      slip !== undefined && 'invalidId',
      above?.isLive === false && 'parentFanOutEnded',
      items * estimate > Number.MAX_SAFE_INTEGER && 'holdTooLarge',
    ].find((code) => code !== false);
    if (refused !== undefined) {
      assert.equal(isRefusal(answer) && answer.code, refused);
      return;
    }
    assert.ok(!isRefusal(answer), inspect(answer));
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
      ...{ lender: hasSlotToLend(parent, plain.leases) ? parent : null, fanOutId: lease.granted.fanOutId },
      ...{ askedSlots: Math.min(concurrency, items), movedMicros: moved, remainingItems: items },
      ...{ holdMicros: heldMicros, spentMicros: 0n, expiresAtMs: nowMs + minutes * millisecondsInMinute },
      ...{ endedAtMs: null, state: 'live' },
    });
    room.asked.set(lease.granted.fanOutId, { wanted, form });
  });

export type Repeat = 'same' | 'other' | 'looksTheSame';
const otherwise = (wanted: FanOutRequest, form: Form, how: Repeat): FanOutRequest => {
  if (how === 'other') return { ...wanted, skill: 'x' };
  if (how === 'same') return wanted;
  const { requestId, groupId = '', userId, taskId } = wanted;
  const [one, two, three, four] = [requestId, groupId, userId, taskId].map((id) => id.normalize(otherForm(form)));
  return { ...wanted, requestId: one, groupId: two, userId: three, taskId: four };
};

export const again = (place: number, how: Repeat): Step =>
  step('again', { place, how }, async (room) => {
    const lease = pick(room.plain.leases, place);
    const asked = lease === undefined ? undefined : room.asked.get(lease.fanOutId);
    if (lease === undefined || asked === undefined) return;
    const atMs = room.plain.admissionMs(room.disk.clock.now() + 1);
    // From then on the id is not spent any more.
    if (lease.endedAtMs !== null && atMs >= lease.endedAtMs + millisecondsInDay) return;
    room.nowMs();
    const request = otherwise(asked.wanted, asked.form, how);
    const answer = await room.process().fanOuts.ask(request, room.meta());
    // Content is compared as it was sent; which request it is about is known in any form.
    const isSame = JSON.stringify(request) === JSON.stringify(asked.wanted);
    if (isSame) assert.equal(granted(answer).lease.granted.fanOutId, lease.fanOutId);
    else assert.equal(isRefusal(answer) && answer.code, 'requestIdConflict');
  });

export const renew = (place: number, remaining: number | undefined, minutes: number): Step =>
  step('renew', { place, remaining, minutes }, async (room) => {
    const { plain } = room;
    const lease = pick(plain.leases, place);
    if (lease === undefined) return;
    const nowMs = room.nowMs();
    const outcome = await room.process().fanOuts.renew(lease.fanOutId, remaining, minutes * 60, room.meta());
    if (!lease.isLive) {
      assert.equal(isRefusal(outcome) && outcome.code, 'leaseEnded');
      return;
    }
    assert.ok(!isRefusal(outcome));
    plain.decided(nowMs);
    lease.remainingItems = Math.min(lease.remainingItems, remaining ?? lease.remainingItems);
    const lent = plain.leases.filter(({ lender }) => lender === plain.leases.indexOf(lease)).length;
    const wanted = Math.max(1, lent, Math.min(lease.askedSlots, lease.remainingItems));
    const { groupId, userId, slots } = lease;
    const around = plain.around(groupId, nowMs);
    const more = Math.max(0, plain.slotsFor(Math.max(0, wanted - slots), groupId, userId, null, around));
    lease.slots = wanted <= slots ? wanted : slots + more;
    lease.expiresAtMs = Math.max(
      lease.expiresAtMs,
      Math.min(nowMs + minutes * millisecondsInMinute, lease.atMs + millisecondsInDay),
    );
  });

export const release = (place: number): Step =>
  step('release', { place }, async (room) => {
    const lease = pick(room.plain.leases, place);
    if (lease === undefined) return;
    const nowMs = room.nowMs();
    const outcome = await room.process().fanOuts.release(lease.fanOutId, room.meta());
    assert.ok(!isRefusal(outcome), 'idempotent');
    if (lease.isLive) room.plain.end(lease, 'released', nowMs);
    assert.equal(outcome.lease.state, lease.state, 'what has ended stays as it ended');
  });

/** Time passes, and perhaps somebody notices. */
export const pass = (ms: number, isNoticed: boolean): Step =>
  step('pass', { ms, isNoticed }, async (room) => {
    room.disk.clock.advance(ms);
    if (!isNoticed) return;
    room.nowMs();
    await room.process().desk.sweep();
  });

/** The clock says another time from now on, and no time has passed. */
export const clockJumps = (hours: number): Step =>
  step('clockJumps', { hours }, (room) => {
    room.disk.clock.advance(hours * millisecondsInHour);
    return Promise.resolve();
  });

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
