import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { until } from '#test/contracts/event-log.support.js';
import { CoalescedCalls } from './coalesced-calls.js';

interface Begun {
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

const startRounds = () => {
  const begun: Begun[] = [];
  const rounds = new CoalescedCalls(() => new Promise<void>((end, fail) => begun.push({ end, fail })));
  return { rounds, begun };
};

describe('rounds', () => {
  it('are shared by all who came before one began, and by nobody who came later', async () => {
    const { rounds, begun } = startRounds();
    const ended: string[] = [];
    const join = async (name: string): Promise<void> => {
      await rounds.join();
      ended.push(name);
    };
    const all = [join('first')];
    // Still the same turn: so come those who were answered together and ask again.
    for (let later = 0; later < 20; later++) await Promise.resolve();
    all.push(join('second'));
    assert.equal(begun.length, 0);
    await until(() => begun.length === 1);
    all.push(join('third'), join('fourth'));
    await nextTurn();
    assert.deepEqual([ended, begun.length], [[], 1]);
    begun[0].end();
    await until(() => begun.length === 2);
    assert.deepEqual(ended, ['first', 'second']);
    begun[1].end();
    await Promise.all(all);
    assert.deepEqual([ended, begun.length], [['first', 'second', 'third', 'fourth'], 2]);
  });

  it('that fail fail for those who share them alone', async () => {
    const { rounds, begun } = startRounds();
    const first = rounds.join();
    await until(() => begun.length === 1);
    const second = rounds.join();
    begun[0].fail(new Error('no answer'));
    await assert.rejects(first, /no answer/);
    await until(() => begun.length === 2);
    begun[1].end();
    await second;
    const third = rounds.join();
    await until(() => begun.length === 3);
    begun[2].end();
    await third;
  });
});
