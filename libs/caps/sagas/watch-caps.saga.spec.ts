import assert from 'node:assert/strict';
import { Changes } from '#event-sourcing/changes.js';
import { formatInstant } from '#kernel/instants.js';
import { groupSpend } from '#spend/domain/spend.slots.js';
import { emptyDisk, startProcess } from '#test/simulation/process.js';
import { Caps } from '../queries/caps.js';
import { WatchCaps } from './watch-caps.saga.js';

const nowMs = Date.UTC(2026, 10, 20, 12, 30);
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
const groups = ['eng', 'ops'] as const;

describe('watchCaps', () => {
  it('pauses at a group that is quiet, and isolates one of which that cannot be told', async () => {
    const process = await startProcess(emptyDisk(nowMs));
    const records = groups.map((groupId) => ({
      ...{ source: 'test', id: groupId, taskId: 't', userId: 'ana', groupId, costMicros: 5 },
      occurredAt: formatInstant(nowMs),
    }));
    assert.deepEqual((await process.ingest.accept(records, caller)).rejected, []);
    for (const groupId of groups) {
      const settings = { policy: { kind: 'fixed', capMicros: 1_000 } } as const;
      await process.capPolicies.set(groupId, settings, false, { commandId: groupId, nowMs, actor: 'test', reason: '' });
    }
    let isBroken = false;
    class FailsForEng extends Caps {
      override spent(...asked: Parameters<Caps['spent']>) {
        if (isBroken && asked[0] === 'eng') throw new Error('a page cannot be read');
        return super.spent(...asked);
      }
    }
    process.provide(Caps, process.make(FailsForEng));
    const saga = process.get(WatchCaps);
    const look = (everything: boolean) => {
      const changes = new Changes();
      for (const groupId of groups) changes.add(groupSpend, groupId);
      return [...saga.evaluate({ nowMs, everything, changes })];
    };
    assert.deepEqual(
      look(true).filter((due) => due !== undefined),
      [],
    );
    // The organisation is looked at, too.
    assert.deepEqual(look(false), [undefined, undefined, undefined]);
    isBroken = true;
    const failed = look(false).flatMap((due) => (due !== undefined && 'error' in due ? [due.subject] : []));
    assert.deepEqual(failed, ['eng']);
    await process.kill();
  });
});
