import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { Rounds } from './rounds.js';

interface Begun {
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

const startRounds = () => {
  const begun: Begun[] = [];
  const rounds = new Rounds(() => new Promise<void>((end, fail) => begun.push({ end, fail })));
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
    const all = [join('first'), join('second'), join('third')];
    assert.equal(begun.length, 1);
    begun[0].end();
    await nextTurn();
    assert.deepEqual([ended, begun.length], [['first'], 2]);
    all.push(join('fourth'));
    begun[1].end();
    await nextTurn();
    assert.deepEqual([ended, begun.length], [['first', 'second', 'third'], 3]);
    begun[2].end();
    await Promise.all(all);
    assert.equal(begun.length, 3);
  });

  it('that fail fail for those who share them alone', async () => {
    const { rounds, begun } = startRounds();
    const [first, second] = [rounds.join(), rounds.join()];
    begun[0].fail(new Error('no answer'));
    await assert.rejects(async () => first, /no answer/);
    await nextTurn();
    begun[1].end();
    await second;
    const third = rounds.join();
    begun[2].end();
    await third;
  });

  it('are none where there is nothing to wait for', () => {
    const rounds = new Rounds(() => undefined);
    assert.equal(rounds.join(), undefined);
    assert.equal(rounds.join(), undefined);
  });
});
