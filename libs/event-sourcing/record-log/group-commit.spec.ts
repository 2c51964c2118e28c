import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GroupCommit } from './group-commit.js';

/** A store that writes when it is told to. */
const createStore = () => {
  const writes: (readonly string[])[] = [];
  let finish: () => void = () => undefined;
  const commits = new GroupCommit<string>((items) => {
    writes.push(items);
    return new Promise((resolve) => (finish = resolve));
  });
  const finished = async (): Promise<void> => {
    finish();
    await nextTurn();
  };
  return { commits, writes, finished };
};

/** Adds an item whenever the one before is written, as somebody who makes one decision after another. */
const addOneByOne = async (commits: GroupCommit<string>, items: readonly string[]): Promise<void> => {
  for (const item of items) {
    commits.add(item);
    await commits.idle();
    // An append has a few steps more between the write and whoever waits for it.
    for (let step = 0; step < 20; step++) await Promise.resolve();
  }
};

describe('a group commit', () => {
  it('writes what comes in the same turn at once, and what comes during a write in the next one', async () => {
    const { commits, writes, finished } = createStore();
    commits.add('a');
    commits.add('b');
    await nextTurn();
    commits.add('c');
    commits.add('d');
    await finished();
    await finished();
    assert.deepEqual(writes, [
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('takes with it what those who waited for a write have to write next', async () => {
    const { commits, writes, finished } = createStore();
    const deciding = addOneByOne(commits, ['first', 'second']);
    await nextTurn();
    commits.add('metered meanwhile');
    await finished();
    assert.deepEqual(writes, [['first'], ['metered meanwhile', 'second']]);
    await finished();
    await deciding;
  });

  it('goes on after a write that failed, and tells only those who were in it', async () => {
    let isBroken = true;
    const commits = new GroupCommit<string>(() =>
      isBroken ? Promise.reject(new Error('the disk said no')) : Promise.resolve(),
    );
    commits.add('lost');
    await assert.rejects(commits.idle(), /the disk said no/);
    isBroken = false;
    commits.add('kept');
    await commits.idle();
  });
});
