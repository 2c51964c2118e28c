import assert from 'node:assert/strict';
import { formatInstant } from '#kernel/instants.js';
import { isRefusal } from '#kernel/refusal.js';
import { startGoverned } from './governed.js';
import { emptyDisk } from './process.js';

const beginsMs = Date.UTC(2026, 10, 20, 12, 30);
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };

it('a group whose month is beyond every amount is counted as failed, and the groups behind it are watched', async () => {
  const process = await startGoverned(emptyDisk(beginsMs));
  const meter = async (groupId: string, costs: readonly number[]) => {
    const records = costs.map((costMicros, place) => {
      const id = `${groupId}-${String(place)}`;
      return { source: 'sim', id, taskId: id, userId: id, groupId, costMicros, occurredAt: formatInstant(beginsMs) };
    });
    assert.deepEqual((await process.ingest.accept(records, caller)).rejected, []);
    await process.rest();
  };
  await meter('eng', [1]);
  await meter('huge', [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
  await meter('ops', [1]);
  const settings = { policy: { kind: 'fixed', capMicros: 100 }, enforcement: 'alert', thresholds: [1] } as const;
  for (const groupId of ['eng', 'ops']) {
    const meta = { commandId: `cap ${groupId}`, nowMs: beginsMs, actor: caller.actor, reason: '' };
    assert.ok(!isRefusal(await process.capsCommands.setPolicy(groupId, settings, false, meta)));
  }
  const records = ['huge', 'ops', 'eng'].map((groupId) => {
    const id = `${groupId}-more`;
    return { source: 'sim', id, taskId: id, userId: id, groupId, costMicros: 200, occurredAt: formatInstant(beginsMs) };
  });
  await process.ingest.accept(records, caller);
  await process.rest();
  for (const groupId of ['eng', 'ops']) {
    assert.ok(
      process.views.alerts.openOf(groupId).some(({ type }) => type === 'capThreshold'),
      groupId,
    );
  }
  assert.ok((process.sagas.counted().get('watchCaps')?.failures ?? 0) > 0);
  await process.kill();
});
