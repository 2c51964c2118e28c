import assert from 'node:assert/strict';
import { isRefusal } from '#kernel/refusal.js';
import { Caps } from '#caps/queries/caps.js';
import { CapsCommands } from '#caps/commands/caps.commands.js';
import { ConcurrencyConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { startGoverned } from './governed.js';
import { emptyDisk } from './process.js';

const beginsMs = Date.UTC(2026, 10, 20, 12, 30);
const meta = { commandId: 'cap', nowMs: beginsMs, actor: 'apiKey:test', reason: '' };

describe('a choice of a cap', () => {
  for (const failure of [new ConcurrencyConflict('cap-eng-2026-11'), new LogFailure('unavailable', 'no answer')]) {
    it(`that is stored is answered so, although the cap cannot be recorded now (${failure.name})`, async () => {
      const process = await startGoverned(emptyDisk(beginsMs));
      class Unrecorded extends Caps {
        override record(): Promise<void> {
          return Promise.reject(failure);
        }
      }
      await process.directory.putGroup({ groupId: 'eng', name: 'Engineering' }, { ...meta, commandId: 'group' });
      const caps = process.provide(Caps, process.make(Unrecorded)).get(Caps);
      const commands = process.make(CapsCommands);
      const outcome = await commands.setPolicy('eng', { policy: { kind: 'fixed', capMicros: 7 } }, false, meta);
      assert.ok(!isRefusal(outcome));
      assert.equal(
        caps.inForce('eng', process.views.organisation.calendar().periodOf(beginsMs), beginsMs)?.capMicros,
        7,
      );
      await process.kill();
    });
  }
});
