import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import fc from 'fast-check';
import { runs } from '#test/support/runs.js';
import { TaskCosts } from './task-costs.js';

const nowMs = Date.UTC(2026, 10, 20, 12);
const share = (hash: number, micros: number, more: object = {}) => ({
  hash,
  micros,
  skill: 'triage',
  groupId: 'eng',
  occurredAtMs: nowMs - millisecondsInDay,
  ...more,
});

describe('what tasks cost', () => {
  it('is the 90th percentile by nearest rank, of a skill and of a group', () => {
    const costs = new TaskCosts();
    for (let task = 1; task <= 10; task++) costs.add(share(task, 50 * task));
    for (let task = 1; task <= 10; task++) costs.add(share(task, 50 * task));
    costs.add(share(99, 7, { skill: '', groupId: 'ops' }));
    assert.equal(costs.ofSkill('triage', nowMs), 900);
    assert.equal(costs.ofGroup('eng', nowMs), 900);
    assert.equal(costs.ofGroup('ops', nowMs), 7);
    assert.equal(costs.ofSkill('', nowMs), undefined, 'no skill is none');
    assert.equal(costs.ofSkill('unheard of', nowMs), undefined);
  });

  it('counts 28 days, follows corrections, and has no tasks that cost nothing', () => {
    const costs = new TaskCosts();
    costs.add(share(1, 100));
    costs.add(share(2, 900));
    assert.equal(costs.ofSkill('triage', nowMs), 900);
    costs.add(share(2, -900));
    assert.equal(costs.ofSkill('triage', nowMs), 100);
    assert.equal(costs.ofSkill('triage', nowMs + 26 * millisecondsInDay), 100);
    assert.equal(costs.ofSkill('triage', nowMs + 27 * millisecondsInDay), undefined);
    costs.add(share(3, 5, { occurredAtMs: nowMs - 40 * millisecondsInDay }));
    assert.equal(costs.ofSkill('triage', nowMs - 39 * millisecondsInDay), 100, 'what comes so late is not kept');
  });

  it('comes back to what it was when a record beyond every amount is taken back, also from a snapshot', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const costs = new TaskCosts();
    costs.add(share(1, most));
    costs.add(share(1, 2));
    costs.add(share(1, most));
    assert.equal(costs.ofSkill('triage', nowMs), most, 'no estimate is more than an amount can be');
    const restored = new TaskCosts();
    restored.load(costs.save());
    for (const each of [costs, restored]) {
      each.add(share(1, -most));
      assert.equal(each.ofSkill('triage', nowMs), most);
      each.add(share(1, -most));
      assert.equal(each.ofSkill('triage', nowMs), 2);
    }
    assert.deepEqual(restored.save(), costs.save());
  });

  it('leaves out what costs more than is asked for, and is unknown if that is everything', () => {
    const costs = new TaskCosts();
    for (const [hash, micros] of [
      [1, 10],
      [2, 20],
      [3, 10 ** 13],
    ] as const) {
      costs.add(share(hash, micros));
    }
    assert.equal(costs.ofSkill('triage', nowMs), 10 ** 13);
    assert.equal(costs.ofSkill('triage', nowMs, 10 ** 12), 20);
    assert.equal(costs.ofGroup('eng', nowMs, 20), 20);
    assert.equal(costs.ofGroup('eng', nowMs, 9), undefined);
  });

  it('stays close when only a share of many tasks is remembered, and is the same after a snapshot', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const costs = new TaskCosts();
        for (let task = 0; task < 150_000; task++) {
          // Weyl's sequence: evenly spread, each hash once.
          costs.add(share(Math.imul(task + seed, 0x9e3779b1) >>> 0, (task % 1_000) + 1));
        }
        const told = costs.ofSkill('triage', nowMs) ?? 0;
        assert.ok(Math.abs(told - 900) < 20, `${String(told)} is far from 900`);
        const restored = new TaskCosts();
        restored.load(costs.save());
        assert.equal(restored.ofSkill('triage', nowMs), told);
        restored.add(share(1, 5));
        costs.add(share(1, 5));
        assert.deepEqual(restored.save(), costs.save());
      }),
      { numRuns: runs(5, 200) },
    );
  });
});
