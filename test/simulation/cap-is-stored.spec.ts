import assert from 'node:assert/strict';
import { isRefusal } from '#kernel/refusal.js';
import { RecordCap } from '#caps/commands/caps.commands.js';
import { GetCap } from '#caps/queries/caps.queries.js';
import { ConcurrencyConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { queryBusOf } from '#test/support/query-bus.js';
import { startGoverned } from './governed.js';
import { emptyDisk, type Process, startProcess } from './process.js';

const beginsMs = Date.UTC(2026, 10, 20, 12, 30);
const meta = { commandId: 'cap', nowMs: beginsMs, actor: 'apiKey:test', reason: '' };
const settings = { policy: { kind: 'fixed', capMicros: 7 } } as const;

const nameGroup = ({ directory }: Pick<Process, 'directory'>) =>
  directory.putGroup({ groupId: 'eng', name: 'Engineering' }, { ...meta, commandId: 'group' });
const monthOf = ({ views }: Pick<Process, 'views'>) => views.organisation.calendar().periodOf(beginsMs);

describe('a choice of a cap', () => {
  for (const failure of [new ConcurrencyConflict('cap-eng-2026-11'), new LogFailure('unavailable', 'no answer')]) {
    it(`that is stored is answered so, although the cap cannot be recorded now (${failure.name}), which is tried again`, async () => {
      const disk = emptyDisk(beginsMs);
      const process = await startGoverned(disk);
      await nameGroup(process);
      const append = process.log.append.bind(process.log);
      let isBroken = true;
      process.log.append = (asked) =>
        isBroken && asked.stream.startsWith('cap-') ? Promise.reject(failure) : append(asked);
      assert.ok(!isRefusal(await process.capPolicies.set('eng', settings, false, meta)));
      await process.rest();
      assert.equal(process.caps.inForce('eng', monthOf(process), beginsMs)?.capMicros, 7);
      assert.equal(process.views.caps.recorded('eng', '2026-11'), undefined);
      isBroken = false;
      disk.clock.advance(10_000);
      process.tick();
      await process.rest();
      assert.equal(process.views.caps.recorded('eng', '2026-11')?.capMicros, 7);
      await process.kill();
    });
  }

  it('is one append: its cap is shown before anybody has recorded it, and showing it records nothing', async () => {
    const process = await startProcess(emptyDisk(beginsMs));
    const queries = queryBusOf(process);
    await nameGroup(process);
    const append = process.log.append.bind(process.log);
    const appended: string[] = [];
    process.log.append = (asked) => {
      appended.push(asked.stream);
      return append(asked);
    };
    assert.ok(!isRefusal(await process.capPolicies.set('eng', settings, false, meta)));
    const shown = await queries.execute(new GetCap('eng', undefined, beginsMs));
    assert.ok(!isRefusal(shown));
    assert.equal(shown.cap.capMicros, 7);
    assert.deepEqual(appended, ['capPolicy-eng']);
    await process.bus.execute(new RecordCap({ groupId: 'eng', period: monthOf(process) }, beginsMs));
    await process.bus.execute(new RecordCap({ groupId: 'eng', period: monthOf(process) }, beginsMs));
    assert.deepEqual(appended, ['capPolicy-eng', 'cap-eng-2026-11'], 'what is recorded is not recorded again');
    await process.kill();
  });

  it('is derived once for a choice and its answer', async () => {
    const process = await startProcess(emptyDisk(beginsMs));
    const queries = queryBusOf(process);
    await nameGroup(process);
    // Each derivation for a group asks what a new one has.
    let derivations = 0;
    const { organisation } = process.views;
    const ask = organisation.organisation.bind(organisation);
    organisation.organisation = () => {
      derivations++;
      return ask();
    };
    assert.ok(!isRefusal(await process.capPolicies.set('eng', settings, false, meta)));
    assert.equal(derivations, 0);
    assert.ok(!isRefusal(await queries.execute(new GetCap('eng', undefined, beginsMs))));
    assert.equal(derivations, 1);
    await process.kill();
  });
});
