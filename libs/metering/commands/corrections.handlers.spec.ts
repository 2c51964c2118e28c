import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isRefusal } from '#kernel/refusal.js';
import { type Disk, emptyDisk, startProcess } from '#test/simulation/process.js';
import { AdvanceCorrection, beginRerating, ReattributeRecords, RerateRange } from './corrections.commands.js';
import { FinishTask } from './tasks.commands.js';

const beginsMs = Date.UTC(2026, 10, 20, 9);
const meta = (commandId: string) => ({ commandId, nowMs: beginsMs, actor: 'apiKey:test', reason: 'a test' });
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
const occurredAt = new Date(beginsMs).toISOString();
const range = { fromMs: beginsMs, toMs: beginsMs + 1, dryRun: false };

/** A record of the group `eng`, metered once. */
const startMetered = async (disk: Disk) => {
  const process = await startProcess(disk);
  const usage = { inputTokens: 1_000_000 };
  const record = { source: 'test', id: 'r', taskId: 't', userId: 'u', groupId: 'eng', occurredAt, model: 'm', usage };
  const prices = { inputMicros: 1, cacheReadMicros: 1, cacheWrite5mMicros: 1, cacheWrite1hMicros: 1, outputMicros: 1 };
  const fallback = { type: 'PublishFallbackPrice' as const, data: { from: null, prices } };
  assert.ok(!isRefusal(await process.prices.publish(fallback, meta('fallback'))));
  assert.equal((await process.ingest.accept([record], caller)).accepted, 1);
  return {
    ...process,
    /** Resolves to the version that stands for the price. */
    publish: async (inputMicros: number) => {
      const price = {
        type: 'PublishPrice' as const,
        data: { model: 'm', from: null, prices: { ...prices, inputMicros } },
      };
      assert.ok(!isRefusal(await process.prices.publish(price, meta(`price ${String(inputMicros)}`))));
      return process.views.prices.book.publications().at(-1)?.data.priceVersion ?? '';
    },
    corrections: async () =>
      (await disk.log.read('corrections', 0, 100)).map(({ type, meta: { commandId, actor, reason } }) => [
        type,
        commandId,
        actor,
        reason,
      ]),
    idle: async () => {
      const { corrections } = process.views;
      while (corrections.running().length > 0 || corrections.due().length > 0) await nextTurn();
    },
  };
};

describe('corrections on the bus', () => {
  it('begin and go on under ids of what they are about and of the revision they are decided at', async () => {
    const process = await startMetered(emptyDisk(beginsMs));
    await process.idle();
    const before = (await process.corrections()).length;
    const version = await process.publish(7);
    await process.idle();
    const reason = `rerating of ${version}`;
    const { jobId } = process.views.corrections.ratingJobOf(version) ?? { jobId: '' };
    const step = (place: number) => `${jobId}#${String(before + place)}`;
    assert.deepEqual((await process.corrections()).slice(before), [
      ['ReratingStarted', `${reason}#${String(before)}`, 'system:corrections', reason],
      ['RecordsCorrected', step(1), 'system:corrections', jobId],
      ['CorrectionFinished', step(2), 'system:corrections', jobId],
    ]);
    await process.kill();
  });

  it('do nothing for a price that no record needs, and for a job that is not there or has finished', async () => {
    const process = await startMetered(emptyDisk(beginsMs));
    const version = await process.publish(7);
    await process.idle();
    const stored = await process.corrections();
    const { jobId } = process.views.corrections.ratingJobOf(version) ?? { jobId: '' };
    for (const command of [
      beginRerating(version, beginsMs),
      beginRerating('own:nobody@always#9', beginsMs),
      new AdvanceCorrection({ jobId }, meta('again')),
      new AdvanceCorrection({ jobId: 'none' }, meta('none')),
    ]) {
      assert.ok(!isRefusal(await process.bus.execute(command)));
    }
    assert.deepEqual(await process.corrections(), stored);
    await process.kill();
  });

  it('void a record once, whoever asks at the same time, and say what it was before', async () => {
    const disk = { ...emptyDisk(beginsMs), isShared: true };
    const one = await startMetered(disk);
    const other = await startProcess({ ...disk, writer: 'other' });
    const voids = await Promise.all([
      one.metering.voidRecord('test', 'r', meta('one')),
      other.metering.voidRecord('test', 'r', meta('other')),
    ]);
    const found = voids.map((outcome) => (isRefusal(outcome) ? outcome.code : outcome.charge?.groupId));
    assert.deepEqual(found.sort(), ['alreadyVoided', 'eng']);
    await Promise.all([one.kill(), other.kill()]);
  });

  it('are begun once for each key, and none for the key of another command', async () => {
    const process = await startMetered(emptyDisk(beginsMs));
    await process.idle();
    const rerate = new RerateRange(range, meta('key-a:one'));
    const answers = [await process.bus.execute(rerate), await process.bus.execute(rerate)];
    assert.deepEqual(answers, [{ jobId: 're-rate:a' }, { jobId: 're-rate:a' }]);
    const reattribution = { filter: {}, fromMs: range.fromMs, toMs: range.toMs, groupId: 'nowhere' };
    const misused = await process.bus.execute(new ReattributeRecords(reattribution, meta('key-a:two')));
    assert.ok(isRefusal(misused) && misused.code === 'idempotencyConflict');
    const nowhere = await process.bus.execute(new ReattributeRecords(reattribution, meta('key-b:one')));
    assert.ok(isRefusal(nowhere) && nowhere.code === 'unknownGroup');
    assert.equal((await process.corrections()).filter(([type]) => type === 'RangeReratingStarted').length, 1);
    await process.kill();
  });

  it('let the first word about a task stand', async () => {
    const process = await startMetered(emptyDisk(beginsMs));
    const limits = { groups: null, source: null };
    const finish = (status: 'succeeded' | 'failed', commandId: string) =>
      process.bus.execute(new FinishTask({ taskId: 't', status, at: occurredAt }, meta(commandId), limits));
    const succeeded = { taskId: 't', status: 'succeeded', at: occurredAt };
    assert.deepEqual(await finish('succeeded', 'key-a:one'), succeeded);
    assert.deepEqual(await finish('succeeded', 'f2'), succeeded);
    for (const [commandId, code] of [
      ['key-a:two', 'idempotencyConflict'],
      ['f3', 'taskAlreadyFinished'],
    ]) {
      const refused = await finish('failed', commandId);
      assert.ok(isRefusal(refused) && refused.code === code);
    }
    await process.kill();
  });
});
