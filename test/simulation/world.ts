import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import type { CommandMeta } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import { isRefusal } from '#kernel/refusal.js';
import type { IngestAnswer } from '#metering/commands/pending-request.js';
import type { SentRecord } from '#test/support/generators.js';
import { groupNames, oddId, worldBeginsMs } from '#test/support/generators.js';
import { composed, createModel, identityOf } from '#test/support/model.js';
import { highestMicros } from '#test/support/poison.js';
import type { PublishedPrice } from '#test/support/generators.js';
import type { Reattribution } from '#test/support/model.js';
import { emptyDisk, startProcess } from './process.js';
import type { Process } from './process.js';

/** One thing that happens in a simulated world. */
export type Step =
  /** Each list is the request of one sender; all are under way at the same time, and nobody waits for them here. */
  | { readonly type: 'meter'; readonly requests: readonly (readonly SentRecord[])[] }
  | { readonly type: 'void'; readonly record: SentRecord }
  | { readonly type: 'publish'; readonly price: PublishedPrice }
  | { readonly type: 'join'; readonly userId: string; readonly fromMs: number; readonly groupId: string }
  | { readonly type: 'reattribute'; readonly reattribution: Reattribution }
  | { readonly type: 'snapshot' }
  /** The process dies and another one starts, on its last snapshot or, when that is lost, from zero. */
  | { readonly type: 'crash'; readonly snapshotLost: boolean }
  | { readonly type: 'wait'; readonly days: number }
  /** The clock of the process says another time from now on, and no time has passed. */
  | { readonly type: 'clockJumps'; readonly hours: number }
  | { readonly type: 'turns'; readonly count: number };

const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };

const labelKeys = ['costCenter', 'project'];

/**
 * Carries out steps in one process after the other, and keeps the model beside it. Senders that get no answer because
 * the process died send the same again to the next one.
 */
export const createWorld = async (timeZone: string) => {
  const disk = emptyDisk(worldBeginsMs);
  const model = createModel(1, labelKeys);
  const sent = new Map<string, SentRecord>();
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const answers = { accepted: 0, unanswered: 0 };
  let hasJumpedBack = false;
  let process = await startProcess(disk);
  let restarted = Promise.resolve();
  let commands = 0;

  /** Asks the process, and the next one when it dies before it has answered. */
  const untilAnswered = async <T>(ask: (process: Process) => Promise<T>): Promise<T> => {
    for (;;) {
      const asked = process;
      const answer = await Promise.race([ask(asked).then((value) => ({ value })), asked.ended]);
      if (answer !== undefined) return answer.value;
      answers.unanswered++;
      await restarted;
    }
  };

  // A key makes a repeat after an unknown outcome harmless, as `Idempotency-Key` does at the edge.
  const meta = (): CommandMeta => ({
    commandId: `key-${String(++commands)}:same`,
    nowMs: disk.clock.now(),
    actor: caller.actor,
    reason: 'a test',
  });
  const done = async (command: (process: Process) => Promise<unknown>): Promise<void> => {
    const outcome = await untilAnswered(command);
    assert.ok(!isRefusal(outcome), `refused: ${JSON.stringify(outcome)}`);
  };

  const enter = (request: readonly SentRecord[], { accepted, duplicates, rejected }: IngestAnswer): void => {
    assert.equal(accepted + duplicates + rejected.length, request.length, 'every record has an outcome');
    answers.accepted += accepted;
    const refused = new Set(rejected.map(({ index }) => index));
    request.forEach((record, index) => {
      if (refused.has(index)) return;
      model.count(record);
      sent.set(identityOf(record), record);
    });
    for (const { index, code } of rejected) {
      const record = request[index];
      switch (code) {
        case 'identityConflict':
          sent.set(identityOf(record), record);
          assert.notDeepEqual(composed(record), model.counted.get(identityOf(record))?.record, 'it has other content');
          break;
        case 'invalidId':
          assert.equal(record.groupId, oddId);
          break;
        case 'tooFarAhead':
          assert.ok(hasJumpedBack, 'the clock was right');
          break;
        default:
          assert.fail(code);
      }
    }
  };
  const send = async (request: readonly SentRecord[]): Promise<void> => {
    enter(request, await untilAnswered((asked) => asked.ingest.accept(request, caller)));
  };
  const settle = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.allSettled(underWay);
    if (failures.length > 0) throw failures[0];
  };
  const corrected = async (): Promise<void> => {
    while (process.views.corrections.running().length > 0 || process.views.corrections.due().length > 0) {
      assert.equal(process.sagas.counted().get('correctRecords')?.failures, 0, 'no correction fails');
      await nextTurn();
    }
  };

  const voidRecord = async ({ source, id }: SentRecord): Promise<void> => {
    const command = meta();
    const outcome = await untilAnswered((asked) => asked.metering.voidRecord(source, id, command));
    const identity = identityOf({ source, id });
    if (!isRefusal(outcome)) voided.add(identity);
    else assert.ok(outcome.code === 'unknownRecord' ? !voided.has(identity) : voided.has(identity), outcome.code);
  };
  // The answer about the record itself may still be on its way: applied when everything has settled.
  const voided = new Set<string>();

  const restart = async (snapshotLost: boolean): Promise<void> => {
    await process.kill();
    if (snapshotLost) await disk.snapshots.clear();
    process = await startProcess(disk);
  };

  const take = async (step: Step): Promise<void> => {
    switch (step.type) {
      case 'meter':
        for (const request of step.requests) {
          const sending = send(request).finally(() => underWay.delete(sending));
          // What goes wrong is told by whoever waits for all of them.
          sending.catch((error: unknown) => failures.push(error));
          underWay.add(sending);
        }
        return;
      case 'void':
        return voidRecord(step.record);
      case 'publish': {
        const command = meta();
        const { model: name, fromMs, prices } = step.price;
        const terms = { from: fromMs === null ? null : formatInstant(fromMs), prices };
        model.publish(step.price);
        return done((asked) =>
          asked.prices.publish(
            name === null
              ? { type: 'PublishFallbackPrice', data: terms }
              : { type: 'PublishPrice', data: { model: name, ...terms } },
            command,
          ),
        );
      }
      case 'join': {
        // Which of two came first would decide; the model does not want to know.
        await settle();
        const command = meta();
        model.join(step.userId, step.fromMs, step.groupId);
        return done((asked) => asked.directory.putUser({ ...step, name: step.userId }, command));
      }
      case 'reattribute': {
        await settle();
        for (const identity of voided) model.void(identity);
        const command = meta();
        model.reattribute(step.reattribution);
        return done((asked) => asked.metering.reattribute(step.reattribution, command));
      }
      case 'snapshot':
        return Promise.race([process.snapshot(), process.ended]);
      case 'crash':
        restarted = restart(step.snapshotLost);
        return restarted;
      case 'wait':
        disk.clock.advance(step.days * millisecondsInDay);
        return;
      case 'clockJumps':
        hasJumpedBack ||= step.hours < 0;
        disk.clock.advance(step.hours * millisecondsInHour);
        return;
      case 'turns':
        for (let turn = 0; turn < step.count; turn++) await nextTurn();
    }
  };

  await done((asked) =>
    asked.organisation.configure({ timeZone, maxRecordMicros: highestMicros, labelKeys, from: '2026-01-01' }, meta()),
  );
  // Only to a known group may records be re-attributed.
  for (const groupId of groupNames) await done((asked) => asked.directory.putGroup({ groupId, name: groupId }, meta()));
  return {
    disk,
    model,
    take,
    answers,
    sent,
    process: (): Process => process,
    /** Waits until everybody has their answer and all corrections are done. */
    async rest(): Promise<void> {
      await settle();
      await corrected();
      for (const identity of voided) model.void(identity);
    },
    end: () => process.kill(),
  };
};
export type World = Awaited<ReturnType<typeof createWorld>>;
