import assert from 'node:assert/strict';
import { millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import { type AdmissionRoom, createAdmissionRoom, outcomeOf, type Surroundings } from '#test/support/admission-room.js';
import type { AdmissionRequest } from './admission.js';

const enforced = (capMicros: number, spentMicros = 0) => ({ capMicros, spentMicros, enforces: true });
/** A parent with four slots and a hold of 400 micros in `eng`, for `ana`. */
const parentOf = (room: AdmissionRoom, changes: Partial<AdmissionRequest> = {}): string =>
  room.grant({ taskId: 't-root', items: 4, ...changes });
const child = (parentFanOutId: string, changes: Partial<AdmissionRequest> = {}): Partial<AdmissionRequest> => ({
  taskId: 't-child',
  parentFanOutId,
  items: 3,
  ...changes,
});
const sums = ({ admissions }: AdmissionRoom, ...scopes: readonly string[]) => scopes.map(admissions.slots);
const scopes = ['organisation', 'group:eng', 'user:ana', 'group:ops', 'user:bo'];

describe('where a request stands', () => {
  const rows: readonly (readonly [
    what: string,
    asked: (room: AdmissionRoom) => Partial<AdmissionRequest>,
    outcome: string,
  ])[] = [
    ['below nobody', () => child('fo_none'), 'unknownParentFanOut'],
    [
      'below what was released',
      (room) => {
        const parent = parentOf(room);
        room.release(parent, 5);
        return child(parent);
      },
      'parentFanOutEnded',
    ],
    ['below what has just expired', (room) => child(parentOf(room, { leaseMs: 1_000 })), 'parentFanOutEnded'],
    ['in no other tree', (room) => child(parentOf(room)), 'granted 3, holds 300 of which 300 moved'],
    [
      'a metered sub-task of the parent’s task',
      (room) => child(parentOf(room), { lineage: ['t-child', 't-between', 't-root'] }),
      'granted 3, holds 300 of which 300 moved',
    ],
    ['metered elsewhere', (room) => child(parentOf(room), { lineage: ['t-child', 't-far'] }), 'parentOfAnotherTree'],
    [
      'has asked in another tree',
      (room) => {
        room.grant({ taskId: 't-child' });
        return child(parentOf(room));
      },
      'parentOfAnotherTree',
    ],
    [
      'the parent’s own task',
      (room) => child(parentOf(room), { taskId: 't-root', lineage: ['t-root'] }),
      'granted 3, holds 300 of which 300 moved',
    ],
  ];
  for (const [what, asked, outcome] of rows) {
    it(`${what}: ${outcome}`, () => {
      const room = createAdmissionRoom();
      assert.equal(outcomeOf(room.ask(asked(room), {}, 1_000), 1_000), outcome);
    });
  }

  const depths: readonly (readonly [
    what: string,
    asked: (room: AdmissionRoom) => Partial<AdmissionRequest>,
    place: string,
  ])[] = [
    ['a task nobody has metered', () => ({ taskId: 't' }), 't 1'],
    ['below two metered tasks', () => ({ taskId: 't', lineage: ['t', 'u', 'v'] }), 'v 3'],
    ['below a fan-out', (room) => child(parentOf(room)), 't-root 2'],
    [
      'below a fan-out that stands below a metered task',
      (room) => child(parentOf(room, { lineage: ['t-root', 'v'] })),
      'v 3',
    ],
    [
      'below a task that has asked, without naming its fan-out',
      (room) => {
        parentOf(room);
        return { taskId: 't', lineage: ['t', 'u', 't-root'] };
      },
      't-root 3',
    ],
    [
      'a task that has asked before stays where it is, although its parent is metered only now',
      (room) => {
        parentOf(room);
        return { taskId: 't-root', lineage: ['t-root', 'v'] };
      },
      't-root 1',
    ],
    [
      'a task that asked below a fan-out, and now names none',
      (room) => {
        room.grant(child(parentOf(room)));
        return { taskId: 't-child' };
      },
      't-root 2',
    ],
  ];
  for (const [what, asked, place] of depths) {
    it(`${what}: ${place}`, () => {
      const room = createAdmissionRoom();
      const { treeId, depth } = room.known(room.grant(asked(room))).granted;
      assert.equal(`${treeId} ${String(depth)}`, place);
    });
  }
});

describe('nested slots', () => {
  const rows: readonly (readonly [
    what: string,
    changes: Partial<AdmissionRequest>,
    around: Surroundings,
    outcome: string,
  ])[] = [
    [
      'one slot is the parent’s',
      { concurrency: 1 },
      { organisationConcurrency: 4, groupConcurrency: 4, userConcurrency: 4 },
      'granted 1',
    ],
    ['more draw new ones', { concurrency: 3 }, { organisationConcurrency: 5 }, 'granted 2'],
    [
      'another group has slots of its own',
      { groupId: 'ops', concurrency: 3 },
      { groupConcurrency: 2, organisationConcurrency: 4 },
      'granted 1',
    ],
    ['another group has none', { groupId: 'ops' }, { groupConcurrency: 0 }, 'groupConcurrency group:ops 0+1>0 never'],
    ['another user has none', { userId: 'bo' }, { userConcurrency: 0 }, 'userConcurrency user:bo 0+1>0 never'],
    [
      'a limit below what is in use',
      {},
      { organisationConcurrency: 3 },
      'organisationConcurrency organisation 4+1>3 in 599 s',
    ],
  ];
  for (const [what, changes, around, outcome] of rows) {
    it(`${what}: ${outcome}`, () => {
      const room = createAdmissionRoom();
      const said = outcomeOf(room.ask(child(parentOf(room), changes), around, 1_000), 1_000);
      assert.ok(said.startsWith(outcome), said);
    });
  }

  it('F3: ten sub-tasks of a parent with ten slots each get a child on their own slot, an eleventh does not', () => {
    const room = createAdmissionRoom();
    const around = { groupConcurrency: 10 };
    const parent = room.grant({ taskId: 't-root', items: 10 }, around);
    for (let item = 0; item < 10; item++) {
      room.grant(child(parent, { taskId: `t-${String(item)}`, items: 1, concurrency: 1 }), around);
    }
    assert.deepEqual(sums(room, 'group:eng'), [10]);
    const eleventh = room.ask(child(parent, { taskId: 't-10', items: 1, concurrency: 1 }), around, 0);
    assert.equal(outcomeOf(eleventh, 0), 'groupConcurrency group:eng 10+1>10 in 600 s');
  });

  it('a slot that was lent goes back at the end of the child, and may be lent again', () => {
    const room = createAdmissionRoom();
    const parent = parentOf(room, { items: 1 });
    const around = { groupConcurrency: 1 };
    for (let time = 0; time < 3; time++) {
      const one = room.grant(child(parent, { items: 1, concurrency: 1 }), around, 10 * time);
      assert.deepEqual([sums(room, 'group:eng'), room.known(parent).borrowers], [[1], [one]]);
      room.release(one, 10 * time + 5);
      assert.deepEqual([sums(room, 'group:eng'), room.known(parent).borrowers], [[1], []]);
    }
  });

  it('a child keeps its slot when the parent ends first, in every scope', () => {
    const room = createAdmissionRoom();
    const parent = parentOf(room, { items: 4 });
    const other = room.grant(child(parent, { groupId: 'ops', userId: 'bo', concurrency: 2 }));
    const same = room.grant(child(parent, { taskId: 't-2', concurrency: 1 }));
    assert.deepEqual(sums(room, ...scopes), [5, 4, 4, 2, 2]);
    room.release(parent, 5);
    assert.deepEqual(sums(room, ...scopes), [3, 1, 1, 2, 2]);
    assert.deepEqual([room.known(other).lender, room.known(same).lender], [null, null]);
    room.release(other, 6);
    room.release(same, 7);
    assert.deepEqual(sums(room, ...scopes), [0, 0, 0, 0, 0]);
  });

  it('a child that waits for a slot of its parent is told when a child in another scope gives one back', () => {
    const room = createAdmissionRoom();
    const around = { groupConcurrency: 1 };
    const parent = parentOf(room, { items: 1 });
    room.grant(child(parent, { groupId: 'ops', items: 1, leaseMs: millisecondsInMinute }), around);
    const another = child(parent, { taskId: 't-other', items: 1 });
    assert.equal(outcomeOf(room.ask(another, around, 0), 0), 'groupConcurrency group:eng 1+1>1 in 60 s');
    assert.match(outcomeOf(room.ask(another, around, millisecondsInMinute), millisecondsInMinute), /^granted 1/);
  });

  it('law 4: a grandchild goes on with the slot of its grandparent when the child between them ends first', () => {
    const room = createAdmissionRoom();
    const around = { groupConcurrency: 1 };
    const parent = parentOf(room, { items: 1 });
    const between = room.grant(child(parent, { items: 1 }), around, 0);
    const below = room.grant(child(between, { taskId: 't-below', items: 1 }), around, 0);
    room.release(between, 5);
    assert.deepEqual([sums(room, 'group:eng'), room.known(parent).borrowers], [[1], [below]]);
    const another = child(parent, { taskId: 't-other', items: 1 });
    assert.match(outcomeOf(room.ask(another, around, 6), 6), /^groupConcurrency group:eng 1\+1>1/);
    room.release(below, 7);
    assert.match(outcomeOf(room.ask(another, around, 8), 8), /^granted 1/);
  });

  it('a grandchild takes over a slot that the child between had beside the lent one, and the parent has its own back', () => {
    const room = createAdmissionRoom();
    const parent = parentOf(room, { items: 1 });
    const between = room.grant(child(parent, { items: 2 }));
    const below = room.grant(child(between, { taskId: 't-below', items: 1 }));
    assert.deepEqual(sums(room, 'group:eng'), [2]);
    room.release(between, 5);
    assert.deepEqual([sums(room, 'group:eng'), room.known(parent).borrowers], [[2], []]);
    assert.equal(room.known(below).lender, null);
  });

  it('a parent cannot give up slots that it has lent', () => {
    const room = createAdmissionRoom();
    const parent = parentOf(room);
    for (const taskId of ['t-1', 't-2']) room.grant(child(parent, { taskId, items: 1 }));
    assert.equal(room.renew(parent, { remainingItems: 0 }, 5).slots, 2);
  });
});

describe('nested holds', () => {
  const holds = (room: AdmissionRoom) => [room.admissions.held('group:eng'), room.admissions.held('organisation')];

  it('a child’s hold comes out of its parent’s first, and only the rest is checked', () => {
    const room = createAdmissionRoom();
    const parent = parentOf(room);
    const first = room.ask(child(parent, { taskId: 't-1' }), { group: enforced(400) }, 0);
    assert.equal(outcomeOf(first, 0), 'granted 3, holds 300 of which 300 moved');
    const second = room.ask(child(parent, { taskId: 't-2' }), { group: enforced(599) }, 0);
    assert.equal(outcomeOf(second, 0), 'groupCapExhausted group:eng 400+200>599 in 600 s');
    const third = room.ask(child(parent, { taskId: 't-2' }), { group: enforced(600) }, 0);
    assert.equal(outcomeOf(third, 0), 'granted 3, holds 300 of which 100 moved');
    assert.deepEqual(holds(room), [600, 600]);
  });

  it('a child that asks for nothing new is not denied for money, even when spend has passed the cap', () => {
    const room = createAdmissionRoom();
    const around = { group: enforced(400, 500), organisation: enforced(400, 500) };
    const parent = parentOf(room);
    assert.equal(outcomeOf(room.ask(child(parent), around, 0), 0), 'granted 3, holds 300 of which 300 moved');
    const more = room.ask(child(parent, { taskId: 't-2', items: 2 }), { group: enforced(400, 500) }, 0);
    assert.equal(outcomeOf(more, 0), 'groupCapExhausted group:eng 900+100>400 in 600 s');
  });

  it('a child that waits for what a sibling holds is told so: not to wait for the month, and not that it never fits', () => {
    const room = createAdmissionRoom();
    const parent = parentOf(room, { leaseMs: millisecondsInHour });
    room.grant(child(parent, { items: 4, leaseMs: millisecondsInMinute }));
    const second = child(parent, { taskId: 't-2' });
    for (const around of [{ group: enforced(400, 200) }, { group: enforced(100) }]) {
      const said = outcomeOf(room.ask(second, around, 0), 0);
      assert.match(said, /^groupCapExhausted group:eng .* in 60 s$/);
    }
    const said = outcomeOf(room.ask(second, { group: enforced(100) }, millisecondsInMinute), millisecondsInMinute);
    assert.equal(said, 'granted 3, holds 300 of which 300 moved');
  });

  it('a child in another group holds its own', () => {
    const room = createAdmissionRoom();
    const parent = parentOf(room);
    const said = room.ask(child(parent, { groupId: 'ops' }), { group: enforced(299) }, 0);
    assert.equal(outcomeOf(said, 0), 'groupCapExhausted group:ops 0+300>299 never');
    room.grant(child(parent, { groupId: 'ops' }), { group: enforced(300) });
    assert.deepEqual([...holds(room), room.admissions.held('group:ops')], [400, 700, 300]);
  });

  /** Spent by the parent and by the child, and what the parent holds when the child has ended. */
  const ends: readonly (readonly [
    what: string,
    parentSpent: number,
    childSpent: number,
    items: number,
    held: number,
  ])[] = [
    ['nothing was spent', 0, 0, 3, 400],
    ['some was spent', 0, 120, 3, 280],
    ['all was spent', 0, 300, 3, 100],
    ['more was spent: overrun is nobody’s hold', 0, 500, 3, 100],
    ['the parent had spent some', 150, 0, 3, 250],
    ['more than the parent’s: what came from the cap is free', 0, 0, 9, 400],
    ['more than the parent’s, and spent: that of the cap first', 0, 500, 9, 400],
    ['more than the parent’s, nearly all spent', 0, 880, 9, 20],
  ];
  for (const [what, parentSpent, childSpent, items, held] of ends) {
    it(`when a child ends, what it did not spend goes back: ${what}`, () => {
      const room = createAdmissionRoom();
      const parent = parentOf(room);
      room.admissions.meter(parent, 'eng', parentSpent);
      const one = room.grant(child(parent, { items }));
      room.admissions.meter(one, 'eng', childSpent);
      room.release(one, 5);
      assert.deepEqual(holds(room), [held, held]);
      room.release(parent, 6);
      assert.deepEqual(holds(room), [0, 0]);
    });
  }

  it('what a grandchild gives back goes to the child, and from there to the parent', () => {
    const room = createAdmissionRoom();
    const parent = parentOf(room);
    const one = room.grant(child(parent));
    const two = room.grant(child(one, { taskId: 't-3', items: 2 }));
    room.admissions.meter(two, 'eng', 50);
    room.release(two, 5);
    assert.equal(room.known(one).holdMicros, 250);
    room.release(one, 6);
    assert.equal(room.known(parent).holdMicros, 350);
  });

  it('a parent’s end leaves what its children hold alone', () => {
    const room = createAdmissionRoom();
    const parent = parentOf(room);
    const one = room.grant(child(parent));
    room.release(parent, 5);
    assert.deepEqual(holds(room), [300, 300]);
    room.release(one, 6);
    assert.deepEqual(holds(room), [0, 0]);
  });
});
