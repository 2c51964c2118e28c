import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import fc from 'fast-check';
import { formatInstant } from '#kernel/instants.js';
import { isRefusal } from '#kernel/refusal.js';
import { AdmissionControl } from '#fan-out/commands/admission-control.js';
import { FanOuts } from '#fan-out/commands/fan-outs.js';
import { fanOutHandlers } from '#fan-out/commands/fan-outs.handlers.js';
import { StoredFanOuts } from '#fan-out/commands/stored-fan-outs.js';
import { highestMicros } from '#test/support/poison.js';
import { commandBusWith } from '#test/support/command-bus.js';
import { type Admitting, fanOutsOver, startAdmitting } from './admitting.js';
import { type Disk, SimulatedClock } from './process.js';
import { ScheduledLog } from './scheduled-log.js';
import { forms, slipsIn, writer } from './writing.js';

export const meta = (commandId: string) => ({ commandId, nowMs: 0, actor: 'apiKey:test', reason: 'a test' });
export const beginsMs = Date.UTC(2026, 10, 20, 9);
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };

/** The desk of a process, whose log answers in an order that the scheduler chooses. */
const scheduled = (
  { log, feed, views, provide, make, queries }: Admitting,
  disk: Disk,
  scheduler: fc.Scheduler,
): Admitting['fanOuts'] => {
  const { admissions, spentCommands } = views;
  const delayed = new ScheduledLog(log, scheduler);
  provide(AdmissionControl, new AdmissionControl(delayed, feed, admissions, disk.clock, spentCommands));
  provide(FanOuts, make(StoredFanOuts));
  return fanOutsOver(commandBusWith(fanOutHandlers, make), queries);
};

/** What is done with a grant; a price is published whatever the answer. */
const thens = ['hold', 'renew', 'release', 'spend', 'spend', 'spendFar', 'spendFarAndMend', 'price'] as const;
const call = fc.record({
  process: fc.nat({ max: 2 }),
  slots: fc.integer({ min: 1, max: 4 }),
  micros: fc.integer({ min: 1, max: 40 }),
  then: fc.constantFrom(...thens),
  /** What the clock of the process says when it is asked, less than a day from what any other says. */
  hours: fc.constantFrom(0, 0, 0, -11, -1, 1, 11),
  paid: fc.oneof(
    fc.constantFrom({ costMicros: 0 }, { costMicros: 7 }),
    fc.constantFrom(undefined, 0).map((costMicros) => ({ costMicros, model: 'in-house', usage: { inputTokens: 3 } })),
  ),
  form: forms,
  slip: slipsIn('groupId', 'userId'),
});
export type Call = typeof call extends fc.Arbitrary<infer C> ? C : never;
export const calls = fc.array(call, { minLength: 2, maxLength: 12, size: 'max' });

/** Each process has a clock of its own. */
export const startAll = (disk: Disk, processes: number, scheduler: fc.Scheduler) =>
  Promise.all(
    Array.from({ length: processes }, async (_, place) => {
      const own = { ...disk, clock: new SimulatedClock(beginsMs), writer: `p${String(place)}` };
      const process = await startAdmitting(own);
      return { process, clock: own.clock, desk: scheduled(process, own, scheduler) };
    }),
  );
export type Started = Awaited<ReturnType<typeof startAll>>;

/** Meters for a fan-out, in two processes at once; each record counts once. */
const spend = async (started: Started, { process, paid, then, form }: Call, requestId: string, fanOutId: string) => {
  const isFar = then !== 'spend';
  const sent = Array.from({ length: isFar ? 11 : 1 }, (_, place) => ({
    ...{ source: 's', id: `${requestId}-${String(place)}`, taskId: requestId.normalize(form), userId: 'ana', fanOutId },
    // Long enough ago for every clock.
    occurredAt: formatInstant(beginsMs - millisecondsInDay),
    ...(isFar ? { costMicros: highestMicros - 1 } : paid),
  }));
  const answers = await Promise.all(
    [process, process + 1].map((to) => started[to % started.length].process.ingest.accept(sent, caller)),
  );
  const sum = answers.reduce((all, { accepted }) => all + accepted, 0);
  assert.equal(sum, sent.length, 'each record counts once');
  if (then !== 'spendFarAndMend') return;
  const { metering } = started[process % started.length].process;
  for (const { id } of sent) assert.ok(!isRefusal(await metering.voidRecord('s', id, meta(`void ${id}`))));
};

const publish = async (started: Started, { process, micros }: Call, name: string): Promise<void> => {
  const price = micros * 1_000_000;
  const prices = {
    ...{ inputMicros: price, outputMicros: price, cacheReadMicros: price },
    ...{ cacheWrite5mMicros: price, cacheWrite1hMicros: price },
  };
  const publication = { type: 'PublishPrice', data: { model: 'in-house', from: null, prices } } as const;
  assert.ok(!isRefusal(await started[process % started.length].process.prices.publish(publication, meta(name))));
};

/** One caller: asks, asks the same again, and does something with what was granted. */
export const takePart = async (started: Started, call: Call, place: number): Promise<void> => {
  const { process, slots: items, micros, then, hours, form, slip } = call;
  const { desk, clock } = started[process % started.length];
  clock.advance(beginsMs + hours * millisecondsInHour - clock.now());
  // Nobody has seen this user or this group before.
  const [who, requestId] = [`new-${String(place % 3)}\u00e9`, `q${String(place)}\u00e9`];
  const write = writer(form, slip);
  const wanted = {
    requestId: requestId.normalize(form),
    groupId: write('groupId', who),
    userId: write('userId', who),
    taskId: requestId.normalize(form),
    items,
    estimatedCostMicrosPerItem: micros,
  };
  const answer = await desk.ask(wanted, meta(requestId));
  if (then === 'price') await publish(started, call, `${requestId} price`);
  if (slip !== undefined) {
    assert.equal(isRefusal(answer) && answer.code, 'invalidId');
    return;
  }
  assert.ok(!isRefusal(answer));
  if (answer.decision === 'denied') {
    for (const { limit, used, requested } of answer.reasons) {
      assert.ok(BigInt(used ?? 0) + BigInt(requested ?? 0) > BigInt(limit ?? 0));
    }
    return;
  }
  const { fanOutId } = answer.lease.granted;
  const again = await desk.ask(wanted, meta(`${requestId} again`));
  assert.ok(!isRefusal(again) && again.decision === 'granted' && again.lease.granted.fanOutId === fanOutId);
  if (then === 'renew') await desk.renew(fanOutId, 1, undefined, meta(`${requestId} renew`));
  // Twice, as a client does that has not heard the first answer.
  if (then === 'release') {
    const release = () => desk.release(fanOutId, meta(`${requestId} release`));
    const states = (await Promise.all([release(), release()])).map((outcome) =>
      isRefusal(outcome) ? outcome.code : outcome.lease.state,
    );
    assert.ok(states[0] === states[1] && ['released', 'expired'].includes(states[0]), states.join());
  }
  if (then.startsWith('spend')) await spend(started, call, requestId, fanOutId);
};
