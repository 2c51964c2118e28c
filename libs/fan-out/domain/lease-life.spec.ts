import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import { createAdmissionRoom } from '#test/support/admission-room.js';
import { Admissions } from './admissions.js';

describe('a renewal', () => {
  interface Renewal {
    readonly remainingItems?: number;
    readonly leaseMs?: number;
  }
  /** Ten items at once were asked for; so many slots were granted of so many there were, and so many there are now. */
  const slots: readonly (readonly [
    what: string,
    granted: number,
    now: number | null,
    asked: Renewal,
    slots: number,
  ])[] = [
    ['nothing said: as it was', 10, null, {}, 10],
    ['less to do: fewer', 10, null, { remainingItems: 4 }, 4],
    ['more to do than there was: as it was', 10, null, { remainingItems: 40 }, 10],
    ['nothing to do: one stays', 10, null, { remainingItems: 0 }, 1],
    ['slots have come free: up to what was asked for', 3, 20, {}, 10],
    ['some have come free', 3, 5, {}, 5],
    ['none has come free', 3, 3, {}, 3],
    ['fewer than there were: what runs goes on', 3, 1, {}, 3],
    ['free, but less to do', 3, 20, { remainingItems: 5 }, 5],
  ];
  for (const [what, granted, now, asked, expected] of slots) {
    it(`${what}: ${String(expected)}`, () => {
      const room = createAdmissionRoom();
      const one = room.grant({}, { groupConcurrency: granted });
      assert.equal(room.renew(one, asked, 5, { groupConcurrency: now }).slots, expected);
      for (const scope of ['organisation', 'group:eng', 'user:ana']) {
        assert.equal(room.admissions.slots(scope), expected);
      }
    });
  }

  it('that has lowered the items does not raise them again', () => {
    const room = createAdmissionRoom();
    const one = room.grant();
    room.renew(one, { remainingItems: 2 }, 5);
    const { slots: now, remainingItems } = room.renew(one, { remainingItems: 9 }, 6);
    assert.deepEqual([now, remainingItems], [2, 2]);
  });

  it('is never denied for money or a pause', () => {
    const room = createAdmissionRoom();
    const one = room.grant();
    const around = { groupPaused: true, group: { capMicros: 0, spentMicros: 5, enforces: true } };
    assert.equal(room.renew(one, {}, 5, around).expiresAtMs, 600_005);
  });

  const ends: readonly (readonly [what: string, atMs: number, leaseMs: number, endsAtMs: number])[] = [
    ['from now on', 5 * millisecondsInMinute, 10 * millisecondsInMinute, 15 * millisecondsInMinute],
    ['never earlier than it would have', 5 * millisecondsInMinute, millisecondsInMinute, 10 * millisecondsInMinute],
  ];
  for (const [what, atMs, leaseMs, endsAtMs] of ends) {
    it(`moves the end: ${what}`, () => {
      const room = createAdmissionRoom();
      assert.equal(room.renew(room.grant(), { leaseMs }, atMs).expiresAtMs, endsAtMs);
    });
  }

  it('goes on for 24 hours in all, and not a millisecond longer', () => {
    const room = createAdmissionRoom();
    const one = room.grant({ leaseMs: millisecondsInHour });
    for (let hour = 1; hour < 24; hour++) {
      room.renew(one, { leaseMs: millisecondsInHour }, hour * millisecondsInHour - hour);
    }
    assert.equal(
      room.renew(one, { leaseMs: millisecondsInHour }, millisecondsInDay - 50).expiresAtMs,
      millisecondsInDay,
    );
    room.expireUntil(millisecondsInDay - 1);
    assert.equal(room.known(one).state, 'live');
    room.expireUntil(millisecondsInDay);
    assert.equal(room.known(one).state, 'expired');
  });
});

describe('an end', () => {
  it('frees slots and hold at the instant of the expiry, not before', () => {
    const room = createAdmissionRoom();
    room.grant({ leaseMs: millisecondsInMinute });
    room.expireUntil(millisecondsInMinute - 1);
    assert.deepEqual([room.admissions.slots('group:eng'), room.admissions.held('group:eng')], [10, 1_000]);
    room.expireUntil(millisecondsInMinute);
    assert.deepEqual([room.admissions.slots('group:eng'), room.admissions.held('group:eng')], [0, 0]);
  });

  it('comes once: what has ended does not end again, and spend that comes later holds nothing', () => {
    const room = createAdmissionRoom();
    const one = room.grant({ leaseMs: millisecondsInMinute });
    const released = room.release(one, 5);
    room.expireUntil(millisecondsInHour);
    room.admissions.apply(released, room.events.length);
    room.admissions.meter(one, 'eng', 5_000);
    room.admissions.meter(one, 'eng', -4_000);
    assert.deepEqual(
      room.events.map(({ type }) => type),
      ['FanOutGranted', 'FanOutReleased'],
    );
    assert.deepEqual([room.admissions.slots('organisation'), room.admissions.held('organisation')], [0, 0]);
    assert.deepEqual([room.known(one).state, room.known(one).spentMicros], ['released', 1_000]);
  });

  for (const [what, parentMs, childMs, returned] of [
    ['the child before its parent: it gives back', 2 * millisecondsInMinute, millisecondsInMinute, 300],
    [
      'the parent before its child: nothing goes back to what has ended',
      millisecondsInMinute,
      2 * millisecondsInMinute,
      0,
    ],
  ] as const) {
    it(`comes in the order of expiry, also when both are noticed late; ${what}`, () => {
      const room = createAdmissionRoom();
      const parent = room.grant({ items: 4, leaseMs: parentMs });
      const child = room.grant({ taskId: 't-2', parentFanOutId: parent, items: 3, leaseMs: childMs });
      room.expireUntil(millisecondsInHour);
      const ends = room.events.flatMap((event) => (event.type === 'FanOutExpired' ? [event.data] : []));
      assert.deepEqual(
        ends.map(({ fanOutId }) => fanOutId),
        parentMs > childMs ? [child, parent] : [parent, child],
      );
      assert.equal(ends.find(({ fanOutId }) => fanOutId === child)?.returnedMicros, returned);
      assert.deepEqual([room.admissions.slots('organisation'), room.admissions.held('organisation')], [0, 0]);
    });
  }

  it('comes first for those below, when a whole family ends at one instant, also after a restart', () => {
    const room = createAdmissionRoom();
    const parent = room.grant({ items: 6, leaseMs: millisecondsInHour });
    const between = room.grant({ taskId: 't-2', parentFanOutId: parent, items: 5, leaseMs: millisecondsInMinute });
    const below = room.grant({ taskId: 't-3', parentFanOutId: between, items: 4, leaseMs: millisecondsInMinute });
    const restarted = new Admissions();
    restarted.load(JSON.parse(JSON.stringify(room.admissions.save())) as object);
    assert.deepEqual(
      [room.admissions.due(millisecondsInMinute), restarted.due(millisecondsInMinute)],
      [
        [below, between],
        [below, between],
      ],
    );
    room.expireUntil(millisecondsInMinute);
    assert.deepEqual([room.known(parent).holdMicros, room.admissions.held('group:eng')], [600, 600]);
  });

  it('comes in the same order for those side by side, whatever was tried, renewed or folded before', () => {
    const room = createAdmissionRoom();
    const all = Array.from({ length: 8 }, (_, place) => room.grant({ taskId: `t-${String(place)}` }));
    const before = room.admissions.due(millisecondsInHour);
    for (const one of all.slice(3)) room.renew(one, { leaseMs: 2 * millisecondsInHour }, 5);
    for (const one of all.slice(0, 3)) room.renew(one, { leaseMs: 2 * millisecondsInHour }, 5);
    assert.deepEqual(room.admissions.due(3 * millisecondsInHour), before);
  });

  it('says what was spent in its group, and not what was charged elsewhere', () => {
    const room = createAdmissionRoom();
    const one = room.grant();
    room.admissions.meter(one, 'ops', 700);
    room.admissions.meter(one, 'eng', 300);
    assert.equal(room.admissions.held('group:eng'), 700);
    assert.deepEqual(room.release(one, 5).data, { fanOutId: one, atMs: 5, spentMicros: 300, returnedMicros: 0 });
  });
});
