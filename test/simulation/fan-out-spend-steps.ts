import assert from 'node:assert/strict';
import { millisecondsInMinute } from 'date-fns/constants';
import { formatInstant } from '#kernel/instants.js';
import { isRefusal } from '#kernel/refusal.js';
import type { PublishedPrice, SentRecord } from '#test/support/generators.js';
import type { Group } from './plain-leases.js';
import { pick, type Step, step } from './step.js';
import { type Form, otherForm, type Slip, writer } from './writing.js';

const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
const mostAheadMs = 5 * millisecondsInMinute;

/** Records that are metered for one fan-out at once. */
export interface Metered {
  readonly place: number;
  /** Without one they are charged to the fan-out's. */
  readonly groupId: Group | null;
  readonly paid: Pick<SentRecord, 'costMicros' | 'usage' | 'model' | 'batch'>;
  readonly times: number;
  readonly agoMs: number;
  /** The sender's clock is the one that the last decision was made by, wherever the service's own has jumped to. */
  readonly hasOtherClock: boolean;
  /** The key says that a cost of 0 is what it cost. */
  readonly zeroCostIsFree: boolean;
  readonly form: Form;
  readonly slip: Slip<'groupId' | 'userId' | 'taskId' | 'fanOutId'> | undefined;
}

export const meter = (metered: Metered): Step =>
  step('meter', metered, async (room) => {
    const { plain } = room;
    const { place, groupId, paid, times, agoMs, hasOtherClock, zeroCostIsFree, form, slip } = metered;
    const lease = pick(plain.leases, place);
    if (lease === undefined) return;
    const clockMs = room.clockMs();
    const atMs = (hasOtherClock ? plain.admissionMs(clockMs) : clockMs) - agoMs;
    const records = Array.from({ length: times }, () => {
      const id = room.newName('r');
      return { source: 's', id, taskId: `task-${id}`, userId: lease.userId, occurredAt: formatInstant(atMs), ...paid };
    });
    const writtenIn = (of: Form) => {
      const write = writer(of, slip);
      return records.map((record) => ({
        ...record,
        taskId: write('taskId', record.taskId),
        userId: write('userId', record.userId),
        fanOutId: write('fanOutId', lease.fanOutId),
        ...(groupId !== null && { groupId: write('groupId', groupId) }),
      }));
    };
    const sent = [...writtenIn(form), ...writtenIn(otherForm(form))];
    const { accepted, duplicates, rejected } = await room.process().ingest.accept(sent, { ...caller, zeroCostIsFree });
    const hasSlip = slip !== undefined && (slip.field !== 'groupId' || groupId !== null);
    const refused = atMs > clockMs + mostAheadMs ? 'tooFarAhead' : hasSlip ? 'invalidId' : undefined;
    if (refused !== undefined) {
      assert.deepEqual(
        rejected.map(({ code }) => code),
        sent.map(() => refused),
      );
      return;
    }
    assert.deepEqual([accepted, duplicates, rejected], [times, times, []]);
    const isFree = zeroCostIsFree && paid.costMicros === 0;
    for (const record of records) {
      plain.meter(isFree ? { ...record, usage: {} } : record, groupId ?? lease.groupId, plain.leases.indexOf(lease));
    }
  });

/** Takes back one record, or all that cost at least so much. */
export const takeBack = (what: { readonly place: number } | { readonly fromMicros: number }): Step =>
  step('takeBack', what, async (room) => {
    const counted = room.plain.records.filter(({ isVoid }) => !isVoid);
    const wrong =
      'place' in what
        ? [pick(counted, what.place)].flatMap((one) => one ?? [])
        : counted.filter(({ sent }) => (sent.costMicros ?? 0) >= what.fromMicros);
    for (const record of wrong) {
      assert.ok(!isRefusal(await room.process().metering.voidRecord('s', record.id, room.meta())));
      room.plain.void(record);
    }
  });

/** Rates again what was metered before; perhaps the process dies over it, and another one goes on. */
export const publish = (price: PublishedPrice, dies: 'not' | 'withSnapshot' | 'withoutSnapshot'): Step =>
  step('publish', { price, dies }, async (room) => {
    const { model, fromMs, prices } = price;
    const data = { from: fromMs === null ? null : formatInstant(fromMs), prices };
    const published = await room
      .process()
      .prices.publish(
        model === null ? { type: 'PublishFallbackPrice', data } : { type: 'PublishPrice', data: { model, ...data } },
        room.meta(),
      );
    assert.ok(!isRefusal(published), JSON.stringify(published));
    if (dies !== 'not') await room.crash(dies === 'withoutSnapshot');
    await room.corrected();
    room.plain.publish(price);
  });

export const setCap = (groupId: Group | null, capMicros: number, enforces: boolean): Step =>
  step('cap', { groupId, capMicros, enforces }, (room) => room.setCap(groupId, capMicros, enforces));
