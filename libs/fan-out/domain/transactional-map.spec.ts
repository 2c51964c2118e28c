import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diagnostic } from '#test/support/diagnostic.js';
import { runs } from '#test/support/runs.js';
import { UndoLog, TransactionalMap } from './transactional-map.js';

describe('a map that can be tried out', () => {
  it('keeps what is written outside of a try, and takes back what is written inside', () => {
    const journal = new UndoLog();
    const map = new TransactionalMap<string, number>(journal);
    map.set('stays', 1);
    map.set('goes', 2);
    const seen = journal.speculate(() => {
      map.set('stays', 3);
      map.set('comes', 4);
      map.delete('goes');
      return [...map.entries()];
    });
    assert.deepEqual(new Map(seen), new Map(Object.entries({ stays: 3, comes: 4 })));
    assert.deepEqual(new Map(map.entries()), new Map(Object.entries({ stays: 1, goes: 2 })));
  });

  it('takes back what was written before a throw, and tells of the throw', () => {
    const journal = new UndoLog();
    const map = new TransactionalMap<string, number>(journal);
    assert.throws(
      () =>
        journal.speculate(() => {
          map.set('a', 1);
          throw new Error('no');
        }),
      /no/,
    );
    assert.deepEqual([map.size, journal.isTrying], [0, false]);
  });

  it('is as it was after any writes and tries within tries, in several maps', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const key = fc.constantFrom('a', 'b', 'c');
    const write = fc.record({ inMap: fc.constantFrom(0, 1), key, value: fc.option(fc.nat({ max: 9 })) });
    type Try = readonly (typeof write extends fc.Arbitrary<infer One> ? One | Try : never)[];
    const tries = fc.letrec<{ readonly writes: Try }>((tie) => ({
      writes: fc.array(fc.oneof({ depthSize: 'small', withCrossShrink: true }, write, tie('writes')), { maxLength: 8 }),
    })).writes;
    const property = fc.property(fc.array(write), tries, (before, tried) => {
      const journal = new UndoLog();
      const maps = [new TransactionalMap<string, number>(journal), new TransactionalMap<string, number>(journal)];
      const put = ({ inMap, key: at, value }: (typeof before)[number]): void => {
        if (value === null) maps[inMap].delete(at);
        else maps[inMap].set(at, value);
      };
      const attempt = (steps: Try): void => {
        const content = maps.map((map) => new Map(map.entries()));
        journal.speculate(() => {
          for (const step of steps) {
            if ('inMap' in step) put(step);
            else attempt(step);
          }
        });
        assert.deepEqual(
          maps.map((map) => new Map(map.entries())),
          content,
        );
      };
      before.forEach(put);
      attempt(tried);
    });
    fc.assert(property, { seed, numRuns: runs(500, 20_000), includeErrorInReport: true });
  });
});
