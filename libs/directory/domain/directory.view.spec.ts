import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stored } from '#test/support/stored.js';
import { uncountedRows } from '#metering/domain/metering.slots.js';
import { FoldContext } from '#event-sourcing/fold-context.js';
import { type DirectoryEvent, directoryEvent, isDirectoryEvent } from './directory.events.js';
import { DirectoryView } from './directory.view.js';

const at = (hour: number): number => Date.UTC(2026, 10, 1, hour);
const member = (userId: string, groupId: string, hour: number): DirectoryEvent => ({
  type: 'MembershipChosen',
  data: { userId, groupId, from: new Date(at(hour)).toISOString() },
});
const context = new FoldContext();
const charge = (view: DirectoryView, groupIds: readonly string[]): void => {
  context.put(uncountedRows, undefined);
  const words = ['', ...groupIds];
  const groupId = groupIds.map((_, place) => place + 1);
  view.apply(stored({ type: 'RecordsMetered', data: { words, groupId } }), context);
};
const folded = (events: readonly DirectoryEvent[]): DirectoryView => {
  const view = new DirectoryView();
  events.forEach((event, revision) => {
    view.apply(stored(event, { revision }), context);
  });
  return view;
};

const anyEvent: fc.Arbitrary<DirectoryEvent> = fc.oneof(
  fc
    .tuple(fc.constantFrom('eng', 'ops', 'unassigned'), fc.constantFrom('A', 'B'))
    .map(([groupId, name]): DirectoryEvent => ({ type: 'GroupRenamed', data: { groupId, name } })),
  fc
    .tuple(fc.constantFrom('u1', 'u2'), fc.option(fc.constant('u@example.com'), { nil: undefined }))
    .map(([userId, email]): DirectoryEvent => ({ type: 'UserProvisioned', data: { userId, name: 'U', email } })),
  fc
    .tuple(fc.constantFrom('u1', 'u2', 'u3'), fc.constantFrom('eng', 'law'), fc.nat(20))
    .map(([userId, groupId, hour]) => member(userId, groupId, hour)),
);

describe('directory view', () => {
  it('knows unassigned before anything happened', () => {
    assert.deepEqual(new DirectoryView().groups(), [{ groupId: 'unassigned', name: 'unassigned', revision: -1 }]);
  });

  it('knows groups that were created, named by a membership, or charged by a record', () => {
    const view = folded([
      { type: 'GroupCreated', data: { groupId: 'ops', name: 'Operations' } },
      member('u1', 'eng', 1),
    ]);
    charge(view, ['law', 'eng']);
    assert.deepEqual(view.groups(), [
      { groupId: 'eng', name: 'eng', revision: -1 },
      { groupId: 'law', name: 'law', revision: -1 },
      { groupId: 'ops', name: 'Operations', revision: 0 },
      { groupId: 'unassigned', name: 'unassigned', revision: -1 },
    ]);
    assert.equal(view.group('nobody'), undefined);
  });

  const alike: readonly (readonly [text: string, found: string | undefined])[] = [
    ['growth', 'growth'],
    ['Growth', 'growth'],
    [' growth\u200b', 'growth'],
    ['TEAM_A', 'team-a'],
    ['growths', undefined],
  ];
  for (const [text, found] of alike) {
    it(`finds a group that looks like ${JSON.stringify(text)}: ${String(found)}`, () => {
      const view = new DirectoryView();
      charge(view, ['growth', 'team-a']);
      assert.equal(view.groupLike(text), found);
    });
  }

  it('answers the group a user was in when it occurred, however late the membership was published', () => {
    const view = folded([member('u1', 'ops', 10), member('u1', 'eng', 5)]);
    assert.equal(view.groupOf('u1', at(5) - 1), undefined);
    assert.equal(view.groupOf('u1', at(10) - 1), 'eng');
    assert.equal(view.groupOf('u1', at(10)), 'ops');
    assert.equal(view.groupOf('u2', at(10)), undefined);
  });

  it('lists the members of an instant: not those who left, nor those to come', () => {
    const view = folded([
      member('u2', 'eng', 1),
      member('u1', 'eng', 1),
      member('u1', 'ops', 5),
      member('u3', 'eng', 9),
    ]);
    assert.deepEqual(view.members('eng', at(4)), ['u1', 'u2']);
    assert.deepEqual(view.members('eng', at(6)), ['u2']);
    assert.deepEqual(view.members('ops', at(6)), ['u1']);
    assert.deepEqual(view.members('nobody', at(6)), []);
  });

  it('shows a user who was only put into a group by its id', () => {
    const view = folded([member('u1', 'eng', 1)]);
    assert.equal(view.user('u1')?.name, 'u1');
    assert.equal(view.user('u1')?.email, undefined);
    assert.equal(view.user('u2'), undefined);
  });

  it('lists as members, at every instant, exactly the users it would charge to the group', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), fc.nat(21), (events, hour) => {
        const view = folded(events);
        for (const { groupId } of view.groups()) {
          const charged = view.users().filter(({ userId }) => view.groupOf(userId, at(hour)) === groupId);
          assert.deepEqual(view.members(groupId, at(hour)), charged.map(({ userId }) => userId).sort());
        }
      }),
    );
  });

  it('comes back equal from a snapshot, and goes on from there (law 7)', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), fc.nat(), (events, cut) => {
        const half = events.length === 0 ? 0 : cut % events.length;
        const early = folded(events.slice(0, half));
        const saved = JSON.parse(JSON.stringify(early.save())) as object;
        const late = new DirectoryView();
        late.apply(stored(member('u9', 'gone', 1)), context);
        late.load(saved);
        events.slice(half).forEach((event, i) => {
          late.apply(stored(event, { revision: half + i }), context);
        });
        assert.deepEqual(late.save(), folded(events).save());
        assert.deepEqual(late.groups(), folded(events).groups());
        assert.deepEqual(late.users(), folded(events).users());
      }),
    );
  });

  it('does not take something else for a snapshot', () => {
    assert.throws(() => {
      new DirectoryView().load({ groupIds: [] });
    });
  });

  it('tells its events by their type', () => {
    assert.ok(isDirectoryEvent(member('u1', 'eng', 1)));
    assert.ok(!isDirectoryEvent({ type: 'RecordsMetered', data: {} }));
    assert.ok(!directoryEvent.safeParse({ type: 'GroupCreated', data: { groupId: 'g', name: 'G', more: 1 } }).success);
  });
});
