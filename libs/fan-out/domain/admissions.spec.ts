import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import { createAdmissionRoom, outcomeOf } from '#test/support/admission-room.js';
import { admit, end } from './admission.js';
import { Admissions } from './admissions.js';
import { overrunOf } from './lease.js';
import { askWith, standingWith } from '#test/support/admission-room.js';

const monthMs = 31 * millisecondsInDay;
const loaded = (admissions: Admissions): Admissions => {
  const other = new Admissions();
  other.load(JSON.parse(JSON.stringify(admissions.save())) as object);
  return other;
};

describe('what is remembered', () => {
  it('is the same after a save: leases, loans, holds, places, trees and the next expiry', () => {
    const room = createAdmissionRoom();
    const parent = room.grant({ items: 4 });
    const child = room.grant({ taskId: 't-2', parentFanOutId: parent, items: 2, userId: 'bo', groupId: 'ops' }, {}, 5);
    room.grant({ taskId: 't-3', parentFanOutId: child, items: 2, groupId: 'ops', leaseMs: 9_000 }, {}, 6);
    room.release(room.grant({ taskId: 't-4' }, {}, 7), 8);
    room.admissions.meter(parent, 'eng', 120);
    const other = loaded(room.admissions);
    assert.deepEqual(other.save(), room.admissions.save());
    for (const scope of ['organisation', 'group:eng', 'group:ops', 'user:ana', 'user:bo', 'user:cy']) {
      assert.equal(other.slots(scope), room.admissions.slots(scope), scope);
      assert.equal(other.held(scope), room.admissions.held(scope), scope);
      assert.equal(other.nextExpiryMs(scope), room.admissions.nextExpiryMs(scope), scope);
    }
    for (const task of ['t-root', 't-2', 't-3', 't-4', 't-5']) {
      assert.deepEqual(other.placeOf(task), room.admissions.placeOf(task));
    }
    assert.deepEqual(other.due(600_006), room.admissions.due(600_006));
  });

  it('is exact when more is spent for a fan-out than an amount can be, and when it is taken back', () => {
    const room = createAdmissionRoom();
    const one = room.grant();
    const most = Number.MAX_SAFE_INTEGER;
    for (const micros of [most, most, 3]) room.admissions.meter(one, 'eng', micros);
    for (const admissions of [room.admissions, loaded(room.admissions)]) {
      const lease = admissions.lease(one);
      assert.ok(lease);
      assert.equal(lease.spentMicros, 2n ** 54n + 1n);
      assert.equal(overrunOf(lease), 2n ** 54n - 999n);
      assert.equal(admissions.held('organisation'), 0);
      const { data } = end('FanOutReleased', lease, admissions, 5);
      assert.ok('spentMicros' in data);
      assert.deepEqual([data.spentMicros, data.spentMicrosExact], [most, '18014398509481985']);
      for (const micros of [-most, -most]) admissions.meter(one, 'eng', micros);
      assert.equal(admissions.lease(one)?.spentMicros, 3);
      assert.equal(admissions.held('organisation'), 997);
    }
  });

  it('of an ended fan-out is kept for 31 days', () => {
    const room = createAdmissionRoom();
    const one = room.grant();
    room.release(one, 5);
    room.grant({ taskId: 't-2' }, {}, monthMs + 5);
    assert.equal(room.admissions.lease(one)?.state, 'released');
    room.grant({ taskId: 't-2' }, {}, monthMs + 6);
    assert.equal(room.admissions.lease(one), undefined);
    assert.equal(room.admissions.placeOf('t-root'), undefined);
  });

  it('knows the place of a long-lived orchestrator when its first fan-out is forgotten, live and from a snapshot', () => {
    const room = createAdmissionRoom();
    room.release(room.grant({ lineage: ['t-root', 't-top'] }), 5);
    const second = room.grant({}, {}, monthMs + 10);
    room.grant({ taskId: 't-other' }, {}, monthMs + 11);
    for (const admissions of [room.admissions, loaded(room.admissions)]) {
      assert.deepEqual(
        [admissions.placeOf('t-root')?.treeId, admissions.placeOf('t-root')?.depth],
        ['t-top', 2],
        'it still has a fan-out',
      );
      const ask = askWith({ taskId: 't-sub', lineage: ['t-sub', 't-root', 't-top'], parentFanOutId: second });
      assert.ok(outcomeOf(admit(ask, standingWith(), admissions, monthMs + 12), 0).startsWith('granted'));
    }
  });

  it('of trees is what was granted within a day, however many fan-outs there are', () => {
    const room = createAdmissionRoom();
    for (let time = 0; time < 100; time++) room.grant({ taskId: `t-${String(time)}` }, {}, time);
    room.grant({ taskId: 't-0' }, {}, 100);
    room.grant({ taskId: 't-new' }, {}, millisecondsInDay + 90);
    const trees = room.admissions.save().trees.map(([treeId]) => treeId);
    assert.deepEqual(trees, [...Array.from({ length: 9 }, (_, place) => `t-${String(91 + place)}`), 't-0', 't-new']);
  });
});

describe('a try', () => {
  it('leaves everything as it was, also what has ended in it and was looked for in vain', () => {
    const room = createAdmissionRoom();
    const one = room.grant({ leaseMs: 1_000 });
    const before = room.admissions.save();
    room.admissions.speculate((evolve) => {
      evolve(end('FanOutReleased', room.known(one), room.admissions, 5));
      assert.equal(room.admissions.nextExpiryMs('organisation'), undefined);
    });
    assert.deepEqual(room.admissions.save(), before);
    assert.deepEqual(room.admissions.due(1_000), [one], 'it still ends by itself');
  });

  it('knows when the grants made in it end, so that a denial behind them says when to ask again', () => {
    const { admissions } = createAdmissionRoom();
    const standing = standingWith({ groupConcurrency: 1 });
    admissions.speculate((evolve) => {
      const first = admit(askWith(), standing, admissions, 0);
      assert.ok('decision' in first && first.decision === 'granted');
      evolve(first.event);
      const second = admit(askWith(), standing, admissions, 0);
      assert.equal(outcomeOf(second, 0), 'groupConcurrency group:eng 1+1>1 in 600 s');
    });
  });

  it('skips an event of the stream that was folded before', () => {
    const room = createAdmissionRoom();
    const one = room.grant();
    const before = room.admissions.save();
    room.admissions.apply(room.events[0], 0);
    assert.deepEqual(room.admissions.save(), before);
    assert.equal(room.admissions.slots('group:eng'), room.known(one).slots);
  });
});
