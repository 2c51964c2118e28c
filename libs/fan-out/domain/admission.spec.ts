import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import type { Micros } from '#kernel/money.js';
import { refuse } from '#kernel/refusal.js';
import { type AdmissionRoom, createAdmissionRoom, outcomeOf, type Surroundings } from '#test/support/admission-room.js';
import type { AdmissionRequest } from './admission.js';

type Given = (room: AdmissionRoom) => void;
/** Who has asked before, where it happens, who asks now, and what is answered. */
type Row = readonly [
  what: string,
  given: Given,
  asked: Partial<AdmissionRequest>,
  surroundings: Surroundings,
  outcome: string,
];

const nowMs = 1_000;
const nothing: Given = () => undefined;
const live =
  (changes: Partial<AdmissionRequest> = {}): Given =>
  (room) =>
    void room.grant({ taskId: 't-other', ...changes });
/** Two holds, each as large as one can be. */
const hugeHolds: Given = (room) => {
  for (const taskId of ['t-one', 't-two']) room.grant({ taskId, items: 1, estimateMicros: Number.MAX_SAFE_INTEGER });
};
const enforced = (capMicros: number, spentMicros: Micros = 0) => ({ capMicros, spentMicros, enforces: true });
const told = (capMicros: number, spentMicros: Micros = 0) => ({ capMicros, spentMicros, enforces: false });

const check = (rows: readonly Row[], atMs = nowMs): void => {
  for (const [what, given, asked, surroundings, outcome] of rows) {
    it(`${what}: ${outcome}`, () => {
      const room = createAdmissionRoom();
      given(room);
      room.expireUntil(atMs);
      const before = JSON.stringify(room.admissions.save());
      const admission = room.ask(asked, surroundings, atMs);
      assert.equal(outcomeOf(admission, atMs), outcome);
      if (!outcome.startsWith('granted')) assert.equal(JSON.stringify(room.admissions.save()), before, 'F12');
    });
  }
};

describe('slots', () => {
  const two = live({ items: 2 });
  check([
    ['no limit', two, { items: 200 }, {}, 'granted 200, holds 20000'],
    ['fewer asked for than items', nothing, { items: 9, concurrency: 4 }, {}, 'granted 4, holds 900'],
    ['more asked for than items', nothing, { items: 4, concurrency: 9 }, {}, 'granted 4, holds 400'],
    ['some left', two, {}, { organisationConcurrency: 5 }, 'granted 3, holds 1000'],
    ['the last one', two, {}, { organisationConcurrency: 3 }, 'granted 1, holds 1000'],
    [
      'the scope with the fewest',
      two,
      {},
      { organisationConcurrency: 9, groupConcurrency: 4 },
      'granted 2, holds 1000',
    ],
    ['none left', two, {}, { groupConcurrency: 2 }, 'groupConcurrency group:eng 2+1>2 in 599 s'],
    ['fewer than are in use', two, {}, { groupConcurrency: 1 }, 'groupConcurrency group:eng 2+1>1 in 599 s'],
    ['a limit of none', nothing, {}, { groupConcurrency: 0 }, 'groupConcurrency group:eng 0+1>0 never'],
    ['of another group', two, { groupId: 'ops' }, { groupConcurrency: 2 }, 'granted 2, holds 1000'],
    ['of another user', two, { userId: 'bo' }, { userConcurrency: 2 }, 'granted 2, holds 1000'],
    [
      'a user in two groups',
      two,
      { groupId: 'ops' },
      { userConcurrency: 2 },
      'userConcurrency user:ana 2+1>2 in 599 s',
    ],
    [
      'none in any scope',
      two,
      {},
      { organisationConcurrency: 2, groupConcurrency: 1, userConcurrency: 0 },
      'organisationConcurrency organisation 2+1>2 in 599 s, groupConcurrency group:eng 2+1>1 in 599 s, userConcurrency user:ana 2+1>0 never',
    ],
    [
      'of a lease that has ended',
      (room) => room.release(room.grant(), 5),
      {},
      { groupConcurrency: 3 },
      'granted 3, holds 1000',
    ],
    [
      'the first to end says when',
      (room) => {
        room.grant({ items: 1, leaseMs: millisecondsInHour });
        room.grant({ items: 1, leaseMs: millisecondsInMinute });
      },
      {},
      { userConcurrency: 2 },
      'userConcurrency user:ana 2+1>2 in 59 s',
    ],
  ]);
});

describe('items, depth, tree and pause', () => {
  const tree =
    (items: number, atMs = 0): Given =>
    (room) =>
      void room.grant({ items }, { itemsPerFanOut: 5_000, spawnsPerMinute: 5_000 }, atMs);
  check([
    ['as many as may be', nothing, { items: 200 }, {}, 'granted 200, holds 20000'],
    ['one more', nothing, { items: 201 }, {}, 'itemsPerFanOut fanOut 0+201>200 never'],
    ['at the depth', nothing, { lineage: ['t-root', 'b', 'c'] }, {}, 'granted 10, holds 1000'],
    ['below it', nothing, { lineage: ['t-root', 'b', 'c', 'd'] }, {}, 'treeDepth tree:d 3+1>3 never'],
    ['a tree that is full', tree(990), { items: 10 }, { spawnsPerMinute: 2_000 }, 'granted 10, holds 1000'],
    [
      'a tree that would pass',
      tree(991),
      { items: 10 },
      { spawnsPerMinute: 2_000 },
      'treeItems tree:t-root 991+10>1000 in 86399 s',
    ],
    ['never in a tree', nothing, { items: 11 }, { treeItems: 10 }, 'treeItems tree:t-root 0+11>10 never'],
    ['a full minute', tree(290), { items: 10 }, {}, 'granted 10, holds 1000'],
    ['more than a minute takes', tree(291), { items: 10 }, {}, 'spawnRate tree:t-root 291+10>300 in 59 s'],
    ['never in a minute', nothing, { items: 11 }, { spawnsPerMinute: 10 }, 'spawnRate tree:t-root 0+11>10 never'],
    ['another tree', tree(990), { items: 10, taskId: 't-new' }, {}, 'granted 10, holds 1000'],
    ['a pause of the group', nothing, {}, { groupPaused: true }, 'groupPaused group:eng'],
    [
      'everything at once',
      live(),
      { items: 201, taskId: 't-other', lineage: ['t-other'] },
      {
        organisationPaused: true,
        groupPaused: true,
        treeDepth: 0,
        treeItems: 1,
        spawnsPerMinute: 1,
        organisationConcurrency: 1,
        groupConcurrency: 0,
        userConcurrency: 1,
        group: enforced(21_000),
        organisation: enforced(20_000),
      },
      [
        'organisationPaused organisation',
        'groupPaused group:eng',
        'itemsPerFanOut fanOut 0+201>200 never',
        'treeDepth tree:t-other 0+1>0 never',
        'treeItems tree:t-other 10+201>1 never',
        'spawnRate tree:t-other 10+201>1 never',
        'organisationConcurrency organisation 10+1>1 in 599 s',
        'groupConcurrency group:eng 10+1>0 never',
        'userConcurrency user:ana 10+1>1 in 599 s',
        'groupCapExhausted group:eng 1000+20100>21000 in 599 s',
        'organisationCapExhausted organisation 1000+20100>20000 never',
      ].join(', '),
    ],
  ]);

  check(
    [['a minute later', tree(300), { items: 300 }, { itemsPerFanOut: 300 }, 'granted 300, holds 30000']],
    millisecondsInMinute,
  );
  check(
    [['not quite', tree(300), { items: 1 }, {}, 'spawnRate tree:t-root 300+1>300 in 0.001 s']],
    millisecondsInMinute - 1,
  );
  check([['a day later', tree(1_000), {}, {}, 'granted 10, holds 1000']], millisecondsInDay);
  check(
    [['not quite a day later', tree(1_000), {}, {}, 'treeItems tree:t-root 1000+10>1000 in 0.001 s']],
    millisecondsInDay - 1,
  );
  check(
    [
      [
        'as soon as enough has aged',
        (room) => {
          tree(300, 0)(room);
          tree(300, millisecondsInHour)(room);
          tree(400, 2 * millisecondsInHour)(room);
        },
        { items: 350 },
        { itemsPerFanOut: 1_000, spawnsPerMinute: 1_000 },
        'treeItems tree:t-root 1000+350>1000 in 79200 s',
      ],
    ],
    3 * millisecondsInHour,
  );
});

describe('money', () => {
  const hold = live({ items: 4, concurrency: 4 });
  check([
    ['no cap', hold, {}, {}, 'granted 10, holds 1000'],
    ['met exactly', hold, {}, { group: enforced(2_000, 600) }, 'granted 10, holds 1000'],
    [
      'passed by one, a hold helps',
      hold,
      {},
      { group: enforced(2_000, 601) },
      'groupCapExhausted group:eng 1001+1000>2000 in 599 s',
    ],
    [
      'spent, no hold',
      nothing,
      {},
      { group: enforced(2_000, 1_001) },
      'groupCapExhausted group:eng 1001+1000>2000 in 1727999 s',
    ],
    [
      'spent, holds do not help',
      hold,
      {},
      { group: enforced(2_000, 1_001) },
      'groupCapExhausted group:eng 1401+1000>2000 in 1727999 s',
    ],
    ['more than the cap', nothing, {}, { group: enforced(999) }, 'groupCapExhausted group:eng 0+1000>999 never'],
    ['a cap of nothing', nothing, {}, { group: enforced(0) }, 'groupCapExhausted group:eng 0+1000>0 never'],
    [
      'only told',
      hold,
      {},
      { group: told(2_000, 601) },
      'granted 10, holds 1000, would deny groupCapExhausted group:eng 1001+1000>2000 in 599 s',
    ],
    ['holds of another group', hold, { groupId: 'ops' }, { group: enforced(1_000) }, 'granted 10, holds 1000'],
    [
      'the organisation’s holds',
      hold,
      { groupId: 'ops' },
      { organisation: enforced(1_300) },
      'organisationCapExhausted organisation 400+1000>1300 in 599 s',
    ],
    [
      'one denies and one tells',
      hold,
      {},
      { group: told(10), organisation: enforced(20) },
      'organisationCapExhausted organisation 400+1000>20 never, would deny groupCapExhausted group:eng 400+1000>10 never',
    ],
    ['too much to count', nothing, { items: 200, estimateMicros: 2 ** 52 }, {}, 'holdTooLarge'],
    [
      'as much as can be held, by another group: no matter of this one',
      hugeHolds,
      { groupId: 'ops' },
      { group: enforced(1_000) },
      'granted 10, holds 1000',
    ],
    [
      'more held than an amount can be',
      hugeHolds,
      {},
      { group: enforced(5_000) },
      'groupCapExhausted group:eng 18014398509481982+1000>5000 in 599 s',
    ],
    [
      'a month beyond every amount is over any cap',
      nothing,
      {},
      { group: enforced(Number.MAX_SAFE_INTEGER, 2n ** 53n) },
      'groupCapExhausted group:eng 9007199254740992+1000>9007199254740991 in 1727999 s',
    ],
    [
      'the same, only told of',
      nothing,
      {},
      { group: told(5_000, 2n ** 53n), organisation: told(5_000, 2n ** 54n) },
      'granted 10, holds 1000, would deny groupCapExhausted group:eng 9007199254740992+1000>5000 in 1727999 s, would deny organisationCapExhausted organisation 18014398509481984+1000>5000 in 1727999 s',
    ],
    [
      'another group whose organisation has no cap',
      nothing,
      {},
      { group: enforced(1_000), organisation: { spentMicros: 2n ** 53n } },
      'granted 10, holds 1000',
    ],
  ]);
});

describe('request ids', () => {
  const spent = { requestId: 'once', content: 'this' };
  const other = { requestId: 'once', content: 'that' };
  const refused = refuse('unknownGroup', 'Nobody knows it.');
  const granted: Given = (room) => void room.grant(spent);
  check([
    ['again', granted, spent, {}, 'repeated, live'],
    ['again, although paused', granted, spent, { groupPaused: true }, 'repeated, live'],
    ['with other content', granted, other, {}, 'requestIdConflict'],
    ['again, although its group is not known any more', granted, { ...spent, refused }, {}, 'repeated, live'],
    ['for the first time, and its group is not known', nothing, { refused }, {}, 'unknownGroup'],
    ['and its group is not known, before any rule', nothing, { refused, items: 900 }, {}, 'unknownGroup'],
    ['of another group', granted, { ...other, groupId: 'ops' }, {}, 'granted 10, holds 1000'],
    ['after the end', (room) => room.release(room.grant(spent), 5), spent, {}, 'repeated, released'],
    ['after a denial', (room) => void room.ask(spent, { groupPaused: true }, 0), spent, {}, 'granted 10, holds 1000'],
    [
      'after a denial, another',
      (room) => void room.ask(spent, { groupPaused: true }, 0),
      other,
      {},
      'granted 10, holds 1000',
    ],
  ]);
  const released: Given = (room) => room.release(room.grant(spent), 5);
  check([['just before a day after the end', released, other, {}, 'requestIdConflict']], millisecondsInDay + 4);
  check(
    [
      ['a day after the end, another', released, other, {}, 'granted 10, holds 1000'],
      ['a day after the end, the same', released, spent, {}, 'granted 10, holds 1000'],
    ],
    millisecondsInDay + 5,
  );
  check(
    [['a day after it was noted that it had expired', granted, spent, {}, 'repeated, expired']],
    2 * millisecondsInDay,
  );

  it('give another fan-out when they are spent again', () => {
    const room = createAdmissionRoom();
    const first = room.grant(spent);
    room.release(first, 5);
    const second = room.grant(spent, {}, millisecondsInDay + 5);
    assert.notEqual(second, first);
    assert.equal(room.admissions.byRequest('eng', 'once', millisecondsInDay + 5)?.granted.fanOutId, second);
  });
});
