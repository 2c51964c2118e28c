import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { KeyedMutex } from './keyed-mutex.js';

/** Runs all at once, and answers when each began and ended. */
const runAll = async (commandIds: readonly string[]): Promise<string> => {
  const turns = new KeyedMutex();
  const seen: string[] = [];
  const one = (commandId: string, place: number) =>
    turns.run(commandId, async () => {
      seen.push(`${String(place)} begins`);
      await nextTurn();
      seen.push(`${String(place)} ends`);
      if (place === 0) throw new Error('it failed');
    });
  const outcomes = await Promise.allSettled(commandIds.map(one));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    commandIds.map((_, place) => (place === 0 ? 'rejected' : 'fulfilled')),
  );
  return seen.join(', ');
};

describe('requests that come together', () => {
  const rows: readonly (readonly [what: string, commandIds: readonly string[], order: string])[] = [
    [
      'with one key: one after another, also behind one that fails',
      ['key-a:1', 'key-a:1', 'key-a:2'],
      '0 begins, 0 ends, 1 begins, 1 ends, 2 begins, 2 ends',
    ],
    ['with two keys: side by side', ['key-a:1', 'key-b:1'], '0 begins, 1 begins, 0 ends, 1 ends'],
    ['without a key: side by side', ['c-1', 'c-1'], '0 begins, 1 begins, 0 ends, 1 ends'],
  ];
  for (const [what, commandIds, order] of rows) {
    it(what, async () => {
      assert.equal(await runAll(commandIds), order);
    });
  }
});
