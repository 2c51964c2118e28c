import assert from 'node:assert/strict';
import { type Case, givenFor } from '#test/support/given.js';
import { stored } from '#test/support/stored.js';
import type { AuditEvent } from './audit.events.js';
import { type SealCommand, sealDecider } from './seal.js';
import { SealsView } from './seals.view.js';

const hash = 'a'.repeat(64);
const sealed = (upToPosition: number): AuditEvent => ({ type: 'AuditSealed', data: { upToPosition, hash, events: 1 } });
const seal = (after: number, upToPosition: number): SealCommand => ({
  type: 'SealAuditChain',
  data: { after, upToPosition, hash, events: upToPosition - after },
  meta: { commandId: 'c', nowMs: 0, actor: 'system:sealAudit', reason: '' },
});
const given = givenFor(sealDecider);

describe('a seal', () => {
  it('says how far the chain has come', () => {
    given([])
      .when(seal(0, 7))
      .then([{ type: 'AuditSealed', data: { upToPosition: 7, hash, events: 7 } }]);
  });

  const table: readonly Case<SealCommand, AuditEvent>[] = [
    ['says nothing if another went on from the same seal', [sealed(5)], seal(0, 7), []],
    ['says nothing if another went on farther', [sealed(9)], seal(0, 7), []],
    ['says nothing if there is nothing new', [sealed(5)], seal(5, 5), []],
  ];
  for (const [what, past, when, then] of table) {
    it(what, () => {
      given(past).when(when).then(then);
    });
  }
});

describe('the view of seals', () => {
  const other = { type: 'GroupCreated', data: { groupId: 'eng', name: 'Engineering' } };

  it('knows the last seal, and whether anything but seals has come since', () => {
    const view = new SealsView();
    assert.deepEqual([view.latest(), view.isBehind(0), view.isBehind(1)], [undefined, false, true]);
    view.apply(stored(sealed(3), { position: 6, at: '2026-11-02T00:00:00.000Z' }));
    assert.deepEqual(view.latest(), { position: 3, hash, events: 1, at: '2026-11-02T00:00:00.000Z' });
    assert.ok(view.isBehind(6), 'events 4 and 5 are not sealed');
    view.apply(stored(sealed(5), { position: 7, at: '2026-11-03T00:00:00.000Z' }));
    assert.ok(!view.isBehind(7), 'events 6 and 7 are seals');
    assert.ok(view.isBehind(8));
    view.apply(stored(sealed(8), { position: 9, at: '2026-11-04T00:00:00.000Z' }));
    assert.ok(!view.isBehind(9));
    assert.ok(view.isBehind(10));
  });

  it('remembers when the log began, and comes back from what was saved', () => {
    const view = new SealsView();
    assert.equal(view.begunAtMs(), undefined);
    const empty = new SealsView();
    empty.load(view.save());
    assert.deepEqual(empty.save(), view.save());
    view.apply(stored(other, { position: 1, at: '2026-11-01T00:00:00.000Z' }));
    view.apply(stored(other, { position: 2, at: '2026-11-01T06:00:00.000Z' }));
    view.apply(stored(sealed(3), { position: 6, at: '2026-11-02T00:00:00.000Z' }));
    const loaded = new SealsView();
    loaded.load(structuredClone(view.save()));
    loaded.apply(stored(other, { position: 7, at: '2026-11-03T00:00:00.000Z' }));
    assert.equal(loaded.begunAtMs(), Date.UTC(2026, 10, 1));
    assert.deepEqual(loaded.save(), view.save());
    assert.equal(loaded.isBehind(7), view.isBehind(7));
  });
});
