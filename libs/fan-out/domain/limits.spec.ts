import assert from 'node:assert/strict';
import { givenFor } from '#test/support/given.js';
import { stored } from '#test/support/stored.js';
import { effectiveLimits, type LimitChanges, limitsDecider, noLimits, type LimitsCommand } from './limits.js';
import type { Limits, LimitsEvent } from './limits.events.js';
import { LimitsView } from './limits.view.js';

describe('limits in effect', () => {
  const nothing = effectiveLimits(noLimits, noLimits);
  const rows: readonly (readonly [
    what: string,
    organisation: Partial<Limits>,
    group: Partial<Limits>,
    effect: Partial<typeof nothing>,
  ])[] = [
    ['nothing set', {}, {}, { itemsPerFanOut: 200, treeDepth: 3, treeItems: 1_000, spawnsPerMinute: 300 }],
    ['slots are each scope’s own', { maxConcurrency: 9 }, {}, { organisationConcurrency: 9, groupConcurrency: null }],
    ['slots of a group', {}, { maxConcurrency: 4 }, { organisationConcurrency: null, groupConcurrency: 4 }],
    ['slots of a user, of the organisation', { maxConcurrencyPerUser: 2 }, {}, { userConcurrency: 2 }],
    [
      'slots of a user, of the group',
      { maxConcurrencyPerUser: 2 },
      { maxConcurrencyPerUser: 5 },
      { userConcurrency: 5 },
    ],
    ['the organisation’s items', { maxItemsPerFanOut: 7 }, {}, { itemsPerFanOut: 7 }],
    ['the group’s items', { maxItemsPerFanOut: 7 }, { maxItemsPerFanOut: 0 }, { itemsPerFanOut: 0 }],
    ['depth', { maxTreeDepth: 5 }, { maxTreeDepth: 1 }, { treeDepth: 1 }],
    ['tree', { maxTreeItems: 5 }, {}, { treeItems: 5 }],
    ['rate', {}, { maxSpawnsPerMinute: 1 }, { spawnsPerMinute: 1 }],
    ['a pause of the organisation', { paused: true }, {}, { organisationPaused: true, groupPaused: false }],
    ['a pause of the group', {}, { paused: true }, { organisationPaused: false, groupPaused: true }],
  ];
  for (const [what, organisation, group, effect] of rows) {
    it(what, () => {
      assert.deepEqual(effectiveLimits({ ...noLimits, ...organisation }, { ...noLimits, ...group }), {
        ...nothing,
        ...effect,
      });
    });
  }
});

describe('SetLimits', () => {
  const meta = { commandId: 'c', nowMs: 0, actor: 'apiKey:a', reason: '' };
  const given = givenFor(limitsDecider);
  const set = (limits: LimitChanges): LimitsCommand => ({ type: 'SetLimits', data: { groupId: 'eng', limits }, meta });
  const limitsSet = (some: Partial<Limits>): LimitsEvent => ({
    type: 'LimitsSet',
    data: { groupId: 'eng', limits: { ...noLimits, ...some } },
  });

  it('keeps what is left out, and takes away what is null', () => {
    const both = given([])
      .when(set({ maxConcurrency: 5, maxTreeDepth: 2 }))
      .then([limitsSet({ maxConcurrency: 5, maxTreeDepth: 2 })])
      .when(set({ maxConcurrency: null, paused: true }))
      .then([limitsSet({ maxTreeDepth: 2, paused: true })]);
    assert.deepEqual(both.state, { ...noLimits, maxTreeDepth: 2, paused: true });
  });

  it('says nothing when nothing changes', () => {
    given([limitsSet({ maxConcurrency: 5 })])
      .when(set({}))
      .then([])
      .when(set({ maxConcurrency: 5, paused: false }))
      .then([]);
  });
});

describe('the limits of every scope', () => {
  it('are those set last, each with its revision, and the same after a save', () => {
    const view = new LimitsView();
    const event = (groupId: string | null, maxConcurrency: number): LimitsEvent => ({
      type: 'LimitsSet',
      data: { groupId, limits: { ...noLimits, maxConcurrency } },
    });
    view.apply(stored(event(null, 9)));
    view.apply(stored(event('eng', 3)));
    view.apply(stored(event('eng', 4), { revision: 1 }));
    const restored = new LimitsView();
    restored.load(JSON.parse(JSON.stringify(view.save())) as object);
    for (const { scope: scopeOf } of [view, restored]) {
      assert.deepEqual(
        [null, 'eng', 'ops'].map(scopeOf).map(({ state, revision }) => [state.maxConcurrency, revision]),
        [
          [9, 0],
          [4, 1],
          [null, -1],
        ],
      );
    }
    assert.deepEqual(restored.save(), view.save());
  });
});
